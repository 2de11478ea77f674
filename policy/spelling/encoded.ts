/** What texts say that are hidden in another text, so that a rule about content also sees what base64 and gzip hide. */
import { gunzipSync } from "node:zlib";
import { parseAllDocuments } from "yaml";
import { isGzip } from "../../components/cloud-init/packed";

/** Base64 in base64: no honest document goes deeper. */
const DEEPEST = 4;
/** Bytes of what gzip may unpack to. */
const LARGEST = 4 << 20;
/** Fewer characters hide nothing that a rule looks for. */
const SHORTEST = 12;

const known = new Map<string, string>();

/** The text and, below it, all that is hidden in it. Rules read the same user data many times. */
export function withDecoded(text: string): string {
  const before = known.get(text);
  if (before !== undefined) return before;
  const all = [text, ...hidden(text, DEEPEST)].join("\n");
  if (known.size > 100) known.clear();
  known.set(text, all);
  return all;
}

function hidden(text: string, depth: number): string[] {
  if (depth === 0) return [];
  const values = yamlStrings(text).filter((value) => !text.includes(value));
  const decoded = [...new Set([text, ...values].flatMap(encodedIn))].flatMap((one) => decode(one) ?? []);
  return [...values, ...decoded.flatMap((one) => [one, ...hidden(one, depth - 1)])];
}

/** Base64 as a word, or as lines that are nothing else. */
function encodedIn(text: string): string[] {
  const words = text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? [];
  const blocks: string[] = [];
  let block = "";
  for (const line of [...text.split("\n"), ""]) {
    const bare = line.trim();
    if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(bare)) block += bare;
    else {
      if (block.length >= SHORTEST) blocks.push(block);
      block = "";
    }
  }
  return [...words, ...blocks];
}

/** @returns nothing for what is no text once it is decoded */
function decode(base64: string): string | undefined {
  let bytes = Buffer.from(base64, "base64");
  try {
    if (isGzip(bytes)) bytes = gunzipSync(bytes, { maxOutputLength: LARGEST });
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what has them is no text
    return /[\0-\x08\x0b\x0c\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Texts of a document as cloud-init reads them: without YAML's escapes and line breaks. */
function yamlStrings(text: string): string[] {
  if (!text.startsWith("#cloud-config")) return [];
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === "string") found.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  try {
    for (const document of parseAllDocuments(text, { logLevel: "silent" })) {
      if ("toJS" in document) walk(document.toJS());
    }
  } catch {
    return found;
  }
  return found;
}
