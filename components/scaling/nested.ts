/** The nested templates, and the environment that registers them. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { BOOT_TYPE, MEMBER_TYPE, SERVER_TYPE } from "./template";

const FOLDER = path.join(__dirname, "heat");

/** By the types that they are registered as, for every group. */
const FILES: Readonly<Record<string, string>> = {
  [MEMBER_TYPE]: "in-turn.yaml",
  [SERVER_TYPE]: "server.yaml",
  [BOOT_TYPE]: "boot.yaml",
  // Members of groups that versions before 0.2.0 made are of these types, until Heat comes to them in an update. No template
  // of today names them: they may go when no such group is left.
  "Ecommerce::Member": "member.yaml",
  "Ecommerce::HttpsMember": "member-https.yaml",
};

/** One hash of all nested templates. */
export function nestedSha256(): string {
  const hash = createHash("sha256");
  for (const file of Object.values(FILES)) hash.update(readFileSync(path.join(FOLDER, file)));
  return hash.digest("hex");
}

/** The folder that the provider runs in, as a path that is the same on every Linux; elsewhere as it is. */
const HERE = "/proc/self/cwd";

/**
 * Where the provider reads a nested template, to send it along: it wants an absolute URL, and Heat keeps the file by it.
 * The provider runs in the program's folder, so that the URL is the same from every checkout.
 */
function urlOf(file: string): string {
  const base = existsSync(HERE) ? HERE : process.cwd();
  return `file://${path.posix.join(base, path.relative(process.cwd(), FOLDER), file)}`;
}

/**
 * Heat's environment, as text. Groups name the types that it registers, never a file: wherever the files lie, Heat sees
 * no change in its groups.
 *
 * User data is a default for the one nested template that declares it, as hidden: a parameter of the group's own would
 * be read back by the provider, as asterisks, and differ from what was given at every run. Heat shows what it makes of
 * the default to everybody who may read the project: docs/servers.md.
 * @param userData plain text, secret
 */
export function environment(userData: string): string {
  const registry = Object.entries(FILES).map(([type, file]) => [type, urlOf(file)]);
  return JSON.stringify({
    resource_registry: Object.fromEntries(registry),
    parameter_defaults: { user_data: userData },
  });
}
