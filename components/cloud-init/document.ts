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

/** Before gzip in base64 that cloud-init is to unpack by itself: Heat hands on text only. */
export const PACKED_TEXT_HEAD =
  "Content-Type: application/gzip\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n";

/**
 * User data as Nova takes it. Plain while it fits: a compressor of another version would give other bytes, and other
 * bytes replace the server.
 * @param through what hands it to Nova: our provider takes base64 for what it says, Heat encodes whatever it gets
 * @returns the text itself; or its gzip in base64, behind `PACKED_TEXT_HEAD` where it goes through Heat
 * @throws Error when even that is too large
 */
export function fitUserData(document: string, through: "provider" | "heat" = "provider"): string {
  if (encodedSize(Buffer.from(document)) <= USER_DATA_LIMIT) return document;
  const packed = gzipSync(Buffer.from(document), { level: 9 });
  const lines = packed.toString("base64").replace(/.{988}/g, "$&\n");
  const text = through === "heat" ? `${PACKED_TEXT_HEAD}${lines}\n` : packed.toString("base64");
  const size = encodedSize(through === "heat" ? Buffer.from(text) : packed);
  if (size > USER_DATA_LIMIT) throw new Error(`user data takes ${size} bytes, Nova's limit is ${USER_DATA_LIMIT}`);
  return text;
}

/** Bytes that Nova counts. */
export function encodedSize(bytes: Buffer): number {
  return Math.ceil(bytes.length / 3) * 4;
}
