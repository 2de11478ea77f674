/** Backups' objects that are another one for a while, or gone. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { CONTAINER } from "./keeper-args";
import type { KeptStore } from "./kept-store";

/** @param file what the object holds, which it may change @returns what curl does to the object instead */
type Change = (file: string) => Promise<readonly string[]>;

export const flipped: Change = async (file) => {
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(file, bytes);
  return ["-T", file];
};

export const truncated: Change = async (file) => {
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
  return ["-T", file];
};

export const gone: Change = async () => ["-X", "DELETE"];

/** Does something while the first object of such a name is another one; puts it back afterwards. */
export async function whileSpoilt(
  store: KeptStore,
  pattern: RegExp,
  change: Change,
  work: () => Promise<void>,
): Promise<void> {
  const url = `${CONTAINER}/${await store.found(pattern)}`;
  const file = path.join(store.folder, "object");
  const life = /^x-delete-after: (\d+)/im.exec(await store.swift("-I", url))?.[1] ?? "1";
  await store.swift("-o", file, url);
  const kept = await readFile(file);
  await store.swift(...(await change(file)), url);
  try {
    await work();
  } finally {
    await writeFile(file, kept);
    await store.swift("-T", file, "-H", `X-Delete-After: ${life}`, url);
  }
}
