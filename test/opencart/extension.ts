/** The smallest extension that OpenCart's installer takes: an archive with an `install.json`. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";

/** @returns the file, CODE.ocmod.zip */
export async function makeExtension(folder: string, code: string): Promise<string> {
  const file = path.join(folder, `${code}.ocmod.zip`);
  const about = { name: code, description: "Does nothing", version: "1.0", author: "Test suite", link: "" };
  await writeFile(file, stored("install.json", Buffer.from(JSON.stringify(about))));
  return file;
}

/** A ZIP archive of one file, uncompressed. */
function stored(name: string, content: Buffer): Buffer {
  // Version, flags, method, time, date, checksum, both sizes, lengths of name and extra field.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, Buffer.from(name), content]);
  const central = Buffer.concat([
    Buffer.from("PK\x01\x02\x14\x00", "latin1"),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
