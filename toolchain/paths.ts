/** Where the project's tools and caches are. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

export const ROOT = path.resolve(__dirname, "..");
/** Outside the checkout, so that a second clone is fast. */
export const CACHE = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "openstack-ecommerce");

/** Version of an installed npm package, without the `v` that some put before it. */
export function packageVersion(name: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(packageFile(name, "package.json"), "utf8"));
  return version.replace(/^v/, "");
}

export function packageFile(name: string, ...file: string[]): string {
  return path.join(ROOT, "node_modules", name, ...file);
}
