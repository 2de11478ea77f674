/** The `#cloud-config` document: files and the command that makes a server of them. Plain values in, text out. */
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

/** A `#cloud-config` document before it is text. */
export type CloudConfigDocument = ReturnType<typeof cloudConfig>;

export function cloudConfig({ hostname, files, everyBoot, firstBoot }: CloudConfig) {
  return {
    ...(hostname === undefined ? {} : { hostname }),
    manage_etc_hosts: true,
    ssh_pwauth: false,
    disable_root: true,
    bootcmd: everyBoot,
    write_files: files.map(({ path, content, mode = "0644" }) => ({ path, permissions: mode, content })),
    runcmd: firstBoot,
  };
}

/** @param body default: YAML, which people read */
export function documentText(document: CloudConfigDocument, body = stringify(document, { lineWidth: 0 })): string {
  return `#cloud-config\n${body}`;
}

/** Bytes that Nova counts. */
export function encodedSize(bytes: Buffer): number {
  return Math.ceil(bytes.length / 3) * 4;
}
