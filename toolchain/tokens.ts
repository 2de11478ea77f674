/** Reads out of the npm SDK which types and functions its provider plugin must know. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Tokens {
  readonly version: string;
  readonly resources: readonly string[];
  readonly functions: readonly string[];
}

const RESOURCE = /__pulumiType = ['"](openstack:[^'"]+)['"]/g;
const FUNCTION = /pulumi\.runtime\.invoke\(['"](openstack:[^'"]+)['"]/g;

/** @param sdk folder of the installed @pulumi/openstack package */
export function readTokens(sdk: string): Tokens {
  const sources = readdirSync(sdk, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js") && !file.includes("node_modules"))
    .map((file) => readFileSync(path.join(sdk, file), "utf8"));
  const found = (pattern: RegExp) => [
    ...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ""))),
  ];
  const { version }: { version: string } = JSON.parse(readFileSync(path.join(sdk, "package.json"), "utf8"));
  return { version: version.replace(/^v/, ""), resources: found(RESOURCE).sort(), functions: found(FUNCTION).sort() };
}
