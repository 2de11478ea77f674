/** The lab's Python, with the packages of Neutron, Swift and the others; for scripts that need no running service. */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { CACHE } from "../../toolchain/paths";

const PACKAGES = path.join(CACHE, "lab-packages");

/** @returns the newest; nothing where the lab was never installed */
export async function labPython(): Promise<string | undefined> {
  const folders = existsSync(PACKAGES) ? await readdir(PACKAGES) : [];
  const pythons = folders
    .map((folder) => path.join(PACKAGES, folder, "bin"))
    .filter((bin) => existsSync(path.join(bin, "neutron-server")) || existsSync(path.join(bin, "swift-proxy-server")))
    .map(async (bin) => ({ python: path.join(bin, "python3"), changed: (await stat(bin)).mtimeMs }));
  const [newest] = (await Promise.all(pythons)).sort((one, other) => other.changed - one.changed);
  return newest?.python;
}
