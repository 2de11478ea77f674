/** The `#cloud-config` document: files and the command that makes a server of them. Plain values in, text out. */
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";

export interface ServerFile {
  readonly path: string;
  readonly content: string;
  /** Octal; default 0644. */
  readonly mode?: "0400" | "0600" | "0640" | "0755";
}

/** What Nova takes, in bytes after base64. */
export const USER_DATA_LIMIT = 65_535;

/** One setting a line, as a POSIX shell reads it. */
export function shellSettings(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${shellQuote(value)}\n`);
  return lines.join("");
}

export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export interface CloudConfig {
  /** None: the server is named as Nova names it. */
  readonly hostname: string | undefined;
  readonly files: readonly ServerFile[];
  /** Run at every boot, before anything else. */
  readonly everyBoot: readonly string[];
  /** Run once, when all files are there. */
  readonly firstBoot: readonly (readonly string[])[];
}

export function cloudConfig({ hostname, files, everyBoot, firstBoot }: CloudConfig): string {
  const config = {
    ...(hostname === undefined ? {} : { hostname }),
    manage_etc_hosts: true,
    ssh_pwauth: false,
    disable_root: true,
    bootcmd: everyBoot,
    write_files: files.map(({ path, content, mode = "0644" }) => ({ path, permissions: mode, content })),
    runcmd: firstBoot,
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

/**
 * User data as Nova takes it. Plain while it fits: a compressor of another version would give other bytes, and other
 * bytes replace the server.
 * @returns the text itself, or its gzip in base64, which the provider hands on as it is
 * @throws Error when even that is too large
 */
export function fitUserData(document: string): string {
  const plain = Buffer.from(document);
  if (encodedSize(plain) <= USER_DATA_LIMIT) return document;
  const packed = gzipSync(plain, { level: 9 });
  if (encodedSize(packed) > USER_DATA_LIMIT) {
    throw new Error(`user data takes ${encodedSize(packed)} bytes, Nova's limit is ${USER_DATA_LIMIT}`);
  }
  return packed.toString("base64");
}

/** Bytes that Nova counts. */
export function encodedSize(bytes: Buffer): number {
  return Math.ceil(bytes.length / 3) * 4;
}
