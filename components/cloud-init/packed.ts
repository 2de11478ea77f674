/**
 * User data that is too long as it is. Nova's limit counts base64: for our provider the whole document goes as gzip. Heat hands on
 * nothing but text, which Nova's client encodes once more, so there the files go as gzip in base 85, which costs a
 * quarter where base 64 would cost a third, and the server unpacks them first of all. LZMA is a tenth smaller and takes a second
 * to make: it is for files that do not fit as gzip, so that servers whose files do stay what they are.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { compress, decompress } from "lzma";
import { parse } from "yaml";
import { type CloudConfigDocument, documentText, encodedSize, USER_DATA_LIMIT } from "./document";

type Files = CloudConfigDocument["write_files"];

/** Where the packed files are until they are unpacked. */
const PLACE = "/run/ecommerce-files";
/** Python is wherever cloud-init is. Nobody else may read a file before it has its own mode. */
const unpack = (module: "gzip" | "lzma") => `import base64, ${module}, json, os, sys
place, root = sys.argv[1:3]
with open(root + place) as packed:
    head, rest = ${module}.decompress(base64.b85decode(packed.read().replace("\\n", ""))).split(b"\\n", 1)
os.remove(root + place)
for path, permissions, size in json.loads(head):
    path = root + path
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(rest[:size])
    rest = rest[size:]
    os.chmod(path, int(permissions, 8))
`;
/** Base 85 as Python's `base64.b85encode` writes it (RFC 1924's digits). */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/**
 * User data as Nova takes it. Plain while it fits: a compressor of another version would give other bytes, and other
 * bytes replace the server.
 * @param through what hands it to Nova: our provider takes base64 for what it says, Heat encodes whatever it gets
 * @throws Error when it is too large even when it is packed
 */
export function fitUserData(document: CloudConfigDocument, through: "provider" | "heat" = "provider"): string {
  const plain = documentText(document);
  if (encodedSize(Buffer.from(plain)) <= USER_DATA_LIMIT) return plain;
  const text = through === "heat" ? packedFiles(document) : packedDocument(document);
  const size = encodedSize(through === "heat" ? Buffer.from(text) : Buffer.from(text, "base64"));
  if (size > USER_DATA_LIMIT)
    throw new Error(
      `user data takes ${size} bytes, Nova's limit is ${USER_DATA_LIMIT}: bake images, which need less (boot.mode: image)`,
    );
  return text;
}

/** @returns gzip of the whole document in base64 */
function packedDocument(document: CloudConfigDocument): string {
  return gzip(documentText(document, JSON.stringify(terse(document)))).toString("base64");
}

/** @returns a document whose files are packed */
function packedFiles(document: CloudConfigDocument): string {
  const files = joined(terse(document).write_files);
  const text = withPacked(document, gzip(files), "gzip");
  return encodedSize(Buffer.from(text)) <= USER_DATA_LIMIT ? text : withPacked(document, lzma(files), "lzma");
}

function withPacked(document: CloudConfigDocument, files: Buffer, module: "gzip" | "lzma"): string {
  const content = base85(files).replace(/.{1000}/g, "$&\n");
  return documentText({
    ...document,
    write_files: [{ path: PLACE, permissions: "0600", content }],
    runcmd: [["python3", "-c", unpack(module), PLACE, ""], ...document.runcmd],
  });
}

/** A line with the path, mode and bytes of each, and what is in them, as it is: JSON's escapes would cost a fiftieth. */
function joined(files: Files): string {
  const head = files.map(({ path, permissions, content }) => [path, permissions, Buffer.byteLength(content)]);
  return `${JSON.stringify(head)}\n${files.map(({ content }) => content).join("")}`;
}

function parted(bytes: Buffer): Files {
  const end = bytes.indexOf("\n");
  const head: [string, Files[number]["permissions"], number][] = JSON.parse(bytes.toString("utf8", 0, end));
  let from = end + 1;
  return head.map(([path, permissions, size]) => {
    const content = bytes.toString("utf8", from, from + size);
    from += size;
    return { path, permissions, content };
  });
}

/** @returns the plain document of any user data of ours; another text as it is */
export function unpacked(userData: string): string {
  if (/^H4sI[A-Za-z0-9+/]+={0,2}$/.test(userData)) return gunzipSync(Buffer.from(userData, "base64")).toString();
  if (!userData.includes(`- path: ${PLACE}\n`)) return userData;
  const { write_files: files, runcmd, ...others }: CloudConfigDocument = parse(userData);
  const packed = Buffer.from(fromBase85((files[0]?.content ?? "").replaceAll("\n", "")));
  const bytes = isGzip(packed) ? gunzipSync(packed) : Buffer.from(decompress(packed));
  return documentText({ ...others, write_files: parted(bytes), runcmd: runcmd.slice(1) });
}

const gzip = (text: string) => gzipSync(text, { level: 9, memLevel: 9 });
export const isGzip = (bytes: Buffer) => bytes.length > 1 && bytes.readUInt16BE() === 0x1f8b;
const lzma = (text: string) => Buffer.from(compress(Buffer.from(text), 5));

/** Gzip finds what repeats within 32 KB: files of a kind are neighbours. */
function terse(document: CloudConfigDocument): CloudConfigDocument {
  const kind = ({ path }: { readonly path: string }) => path.split(".").reverse().join(" ");
  return { ...document, write_files: document.write_files.toSorted((a, b) => (kind(a) < kind(b) ? -1 : 1)) };
}

/** Four bytes are five digits; of the last ones only as many as are needed. */
function base85(bytes: Buffer): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 4) {
    const part = Buffer.concat([bytes.subarray(start, start + 4), Buffer.alloc(4)]).readUInt32BE();
    const digits = [52_200_625, 614_125, 7_225, 85, 1].map((weight) => DIGITS[Math.floor(part / weight) % 85]);
    text += digits.slice(0, Math.min(4, bytes.length - start) + 1).join("");
  }
  return text;
}

function fromBase85(text: string): Uint8Array {
  const parts: Buffer[] = [];
  for (let start = 0; start < text.length; start += 5) {
    const digits = text.slice(start, start + 5);
    const value = [...digits.padEnd(5, "~")].reduce((sum, digit) => sum * 85 + DIGITS.indexOf(digit), 0);
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    parts.push(part.subarray(0, digits.length - 1));
  }
  return Buffer.concat(parts);
}
