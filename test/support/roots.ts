/** Roots of Debian for throw-away machines: one for each role, made by the build script of its golden image. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CACHE, ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

/** Roles of the store, and of the stacks that live on it. */
export type StoreRole = "web" | "services" | "database" | "balancer";
export type MachineRole = StoreRole | "keeper" | "pair" | "arbiter" | "operations" | "bastion" | SeedRole;
/** Tiers of the set-up that this project began with: `test/bench/`. */
export type SeedRole = "seedweb" | "seedapp";

/** Whether this host lets us have roots, networks and volumes of our own; says what it refuses. */
export async function machinesWork(): Promise<boolean> {
  const needs = {
    "overlay mounts":
      'unshare --mount sh -ec "mount -t tmpfs t /mnt; cd /mnt; mkdir a b c d; mount -t overlay o -o lowerdir=a,upperdir=b,workdir=c d"',
    "network namespaces": "unshare --net true",
    "loop devices": "losetup --find",
  };
  for (const [what, command] of Object.entries(needs)) {
    const { exitCode, stderr } = await run("sh", ["-c", command], { reject: false });
    if (exitCode === 0) continue;
    process.stdout.write(`      skipped, since there are no ${what} for us here: ${stderr}\n`);
    return false;
  }
  return true;
}

/**
 * @param images build scripts of the golden images, by role
 * @param suite of Debian
 * @returns the folder of the roots, kept for the next run
 * @throws Error when they cannot be made
 */
export async function buildRoots(
  images: Partial<Readonly<Record<MachineRole, string>>>,
  suite: "bookworm" | "sid" = "bookworm",
): Promise<string> {
  const folder = path.join(CACHE, "roots", suite);
  const scripts = await mkdtemp(path.join(tmpdir(), "ecommerce-images-"));
  for (const [role, text] of Object.entries(images)) await writeFile(path.join(scripts, `${role}.sh`), text);
  await run(path.join(ROOT, "test/roles/build-roots.sh"), [folder, scripts, suite], { stdio: "inherit" });
  await rm(scripts, { recursive: true });
  return folder;
}
