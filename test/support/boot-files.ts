/** What servers are given to boot with, as Nova keeps it. */
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import type { TestLab } from "./lab";

export interface BootFile {
  /** Name of the server. */
  readonly server: string;
  readonly path: string;
  readonly content: string;
}

/** Files in the user data of all of the tests' servers. */
export async function bootFiles(lab: TestLab): Promise<BootFile[]> {
  const servers = await lab.member.list("servers");
  const each = servers.map(async ({ id, name }) => {
    const { server } = await lab.admin.call("compute", `/servers/${id}`, "GET", undefined, undefined, "2.3");
    const encoded = Reflect.get(Object(server), "OS-EXT-SRV-ATTR:user_data");
    const document: { write_files: Omit<BootFile, "server">[] } = parse(plain(Buffer.from(encoded, "base64")));
    return document.write_files.map((file) => ({ ...file, server: String(name) }));
  });
  return (await Promise.all(each)).flat();
}

/** User data that would be too long is sent as gzip. */
function plain(userData: Buffer): string {
  return (userData[0] === 0x1f ? gunzipSync(userData) : userData).toString();
}
