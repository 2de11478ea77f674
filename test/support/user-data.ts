/** User data on its way to a server: what hands it to Nova encodes it, Nova keeps it, cloud-init opens it. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { z } from "zod";
import { run } from "../../toolchain/run";

/** What hands user data to Nova. */
export type Way = "provider" | "heat";

/** `maxLength` of Nova's schema of a server, in characters. */
const NOVA_TAKES = 65_535;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @returns the text that Nova's API is given */
function encoded(text: string, through: Way): string {
  // gophercloud's `servers.CreateOpts` leaves alone what it can decode; Heat's RAW format changes nothing, and novaclient's
  // `transform_userdata` encodes whatever it is given.
  if (through === "provider" && BASE64.test(text.replace(/[\r\n]/g, ""))) return text;
  return Buffer.from(text).toString("base64");
}

/**
 * @param text as the program gives it to its provider, or to Heat
 * @returns what Nova's metadata service hands out
 * @throws Error where Nova refuses it
 */
export function servedUserData(text: string, through: Way = "provider"): Buffer {
  const base64 = encoded(text, through);
  if (base64.length > NOVA_TAKES) throw new Error(`Nova takes ${NOVA_TAKES} characters, not ${base64.length}`);
  if (!BASE64.test(base64)) throw new Error("Nova takes base64 only");
  return Buffer.from(base64, "base64");
}

const documentSchema = z.object({
  write_files: z.array(z.object({ path: z.string(), permissions: z.string(), content: z.string() })),
  runcmd: z.array(z.array(z.string())),
});

/** Cloud-init's first step: gzip is opened, and the first line says what it is. @throws Error where it would be passed over */
export function cloudConfigOf(served: Buffer): z.output<typeof documentSchema> {
  const text = (served.subarray(0, 2).toString("hex") === "1f8b" ? gunzipSync(served) : served).toString();
  if (!text.startsWith("#cloud-config\n")) throw new Error(`cloud-init does not know "${text.slice(0, 40)}…"`);
  return documentSchema.parse(parse(text));
}

export interface Written {
  /** Path → mode and content. */
  readonly files: Readonly<Record<string, string>>;
  /** The command that makes a server of them. */
  readonly last: readonly string[] | undefined;
}

/** What lies on a server when its user data has run as far as that command: files that are packed unpack themselves. */
export async function written({ write_files: files, runcmd }: z.output<typeof documentSchema>): Promise<Written> {
  const [first = [], ...others] = runcmd;
  const last = others.at(-1) ?? first;
  if (others.length === 0) {
    const entries = files.map(({ path: place, permissions, content }) => [place, `${permissions} ${content}`]);
    return { files: Object.fromEntries(entries), last };
  }
  const root = await mkdtemp(path.join(tmpdir(), "ecommerce-written-"));
  try {
    for (const { path: place, content } of files) {
      await mkdir(path.join(root, path.dirname(place)), { recursive: true });
      await writeFile(path.join(root, place), content);
    }
    const [program = "", ...args] = first;
    // The command's last argument is the root that it unpacks into.
    await run(program, [...args.slice(0, -1), root]);
    return { files: await filesBelow(root), last };
  } finally {
    await rm(root, { recursive: true });
  }
}

async function filesBelow(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const read = async (file: string) => {
    const mode = ((await stat(file)).mode & 0o777).toString(8).padStart(4, "0");
    return [file.slice(root.length), `${mode} ${await readFile(file, "utf8")}`];
  };
  return Object.fromEntries(await Promise.all(files.map(read)));
}
