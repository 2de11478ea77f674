/** The environment in which openstack and pulumi work on the lab. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ensureToolchain } from "../toolchain/ensure";
import { ROOT } from "../toolchain/paths";
import { run } from "../toolchain/run";

interface LabVariables {
  readonly LAB_PROFILE: string;
  readonly LAB_BIN: string;
  readonly LAB_HOME: string;
  readonly OS_CLIENT_CONFIG_FILE: string;
  readonly OS_CLOUD: string;
  /** Profile full: a folder that servers can fetch from, and where they find it. */
  readonly LAB_WWW?: string;
  readonly LAB_WWW_URL?: string;
  /** Profile full: what servers boot from. */
  readonly LAB_IMAGES?: string;
}

/**
 * Variables for both: the client on PATH, the cloud, and a Pulumi backend with a passphrase of the lab's own. The
 * backend lives with the lab's state, since it describes that cloud and no other.
 */
export async function labEnvironment(): Promise<Record<string, string>> {
  const { stdout } = await run(path.join(ROOT, "lab/lab.sh"), ["env"], { stderr: "inherit" });
  const { LAB_BIN, ...cloud }: LabVariables = JSON.parse(stdout);
  const backend = path.join(cloud.LAB_HOME, "pulumi");
  await mkdir(backend, { recursive: true, mode: 0o700 });
  return {
    ...(await ensureToolchain()),
    ...cloud,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: await passphrase(path.join(cloud.LAB_HOME, "pulumi-passphrase")),
    PATH: [path.join(ROOT, "node_modules/.bin"), LAB_BIN, ...(process.env.PATH ?? "").split(":")]
      .filter((folder, index, all) => all.indexOf(folder) === index)
      .join(":"),
  };
}

async function passphrase(file: string): Promise<string> {
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return readFile(file, "utf8");
}
