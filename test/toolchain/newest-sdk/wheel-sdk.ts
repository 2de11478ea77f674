/** The SDK that Pulumi published for Python, as what the other one is checked against. npm has none of 5.x here. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { CACHE } from "../../../toolchain/paths";
import { run } from "../../../toolchain/run";
import { type Sdk, sdkSchema } from "./shapes";

export const WHEEL_VERSION = "5.5.3";

export async function wheelSdk(): Promise<Sdk> {
  const { stdout } = await run("python3", ["-B", path.join(__dirname, "read_wheel.py"), await wheel()]);
  return sdkSchema.parse(JSON.parse(stdout));
}

/** The file, fetched once. */
async function wheel(): Promise<string> {
  const folder = path.join(CACHE, `pulumi-openstack-${WHEEL_VERSION}`);
  if (!existsSync(folder)) await fetchInto(folder);
  const [file] = await readdir(folder);
  if (!file) throw new Error(`${folder} is empty: delete it, and it is fetched again`);
  return path.join(folder, file);
}

async function fetchInto(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    const source = ["--no-deps", "--only-binary=:all:", `pulumi-openstack==${WHEEL_VERSION}`];
    await run("python3", ["-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", unfinished, ...source]);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
