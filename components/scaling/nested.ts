/** The nested templates, and the environment that registers them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { BOOT_TYPE, MEMBER_TYPE } from "./template";

const FOLDER = "components/scaling/heat";
const FILES = { [MEMBER_TYPE]: "member.yaml", [BOOT_TYPE]: "boot.yaml" };

/** Of all nested templates together. */
export function nestedSha256(): string {
  const hash = createHash("sha256");
  for (const file of Object.values(FILES)) hash.update(readFileSync(path.join(__dirname, "heat", file)));
  return hash.digest("hex");
}

/**
 * Heat's environment, as text. The provider reads the files and sends them along; it runs in the program's folder, so
 * that relative paths are the same in every checkout. Groups name the types, never a path: Heat then sees no change.
 *
 * User data is a default for the one nested template that declares it, as hidden: a parameter of the group's own would
 * be read back by the provider, as asterisks, and differ from what was given at every run.
 * @param userData plain text, secret
 */
export function environment(userData: string): string {
  const registry = Object.entries(FILES).map(([type, file]) => [type, `${FOLDER}/${file}`]);
  return JSON.stringify({
    resource_registry: Object.fromEntries(registry),
    parameter_defaults: { user_data: userData },
  });
}
