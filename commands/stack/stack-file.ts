/** The program's own keys in a stack file of the checkout. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { validate } from "../../components/config/validate";
import { ROOT } from "../../toolchain/paths";

export const PROJECT = "ecommerce";

/**
 * @param needed sections that the program could do without
 * @throws ConfigError naming every mistake; Error when there is no such stack file
 */
export async function readStackFile(stack: string, needed: readonly string[] = []) {
  const name = `Pulumi.${stack}.yaml`;
  const text = await readFile(path.join(ROOT, name), "utf8").catch(() => {
    throw new Error(`there is no ${name}`);
  });
  const { config = {} }: { config?: Record<string, unknown> } = parse(text) ?? {};
  const prefix = `${PROJECT}:`;
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  const sections = Object.fromEntries([
    // Empty where it is missing, so that the error names what belongs into it.
    ...needed.map((section) => [section, {}] as const),
    ...own.map(([key, value]) => [key.slice(prefix.length), value] as const),
  ]);
  const others = Object.entries(config).flatMap(([key, value]) =>
    typeof value === "string" ? [[key, { value }] as const] : [],
  );
  const provider: ConfigMap = Object.fromEntries(others.filter(([key]) => key.startsWith("openstack:")));
  return { name, sections, provider, config: validate(PROJECT, sections) };
}
