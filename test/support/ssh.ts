/** SSH as an admin would, from the host, by a key of its own. */
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "../../toolchain/run";
import type { CloudApi } from "./cloud-api";

/** First user of Debian's images. */
const USER = "debian";
const PATIENCE_SECONDS = 10;

export interface KeyPair {
  readonly name: string;
  /** The private one. */
  readonly file: string;
}

/** A key pair that nobody else has. */
export async function makeKeyPair(name: string): Promise<KeyPair> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), "ecommerce-ssh-")), name);
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
  return { name, file };
}

/** Tells Nova the public half. */
export async function publish({ name, file }: KeyPair, api: CloudApi): Promise<void> {
  const public_key = await readFile(`${file}.pub`, "utf8");
  await api.call("compute", "/os-keypairs", "POST", { keypair: { name, public_key } });
}

/**
 * Runs a command on a server.
 * @param through address of the server by which the way leads; none: straight
 * @returns what it printed, or `refused: ` and what SSH says of it
 */
export async function ssh(key: KeyPair, address: string, command: string, through?: string): Promise<string> {
  const options = [
    `ConnectTimeout=${PATIENCE_SECONDS}`,
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "LogLevel=ERROR",
    // The servers are of this minute.
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
  ].flatMap((option) => ["-o", option]);
  const own = ["-F", "none", "-i", key.file, ...options];
  const proxy = through ? ["-o", `ProxyCommand=${["ssh", ...own, "-W", "%h:%p", `${USER}@${through}`].join(" ")}`] : [];
  const { exitCode, stdout, stderr } = await run("ssh", [...own, ...proxy, `${USER}@${address}`, command], {
    reject: false,
    timeout: 40_000,
    stdin: "ignore",
  });
  return exitCode === 0 ? stdout.trim() : `refused: ${stderr.trim()}`;
}
