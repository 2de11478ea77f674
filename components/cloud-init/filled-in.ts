/** Configuration that lies beside the scripts, with `@NAME@` wherever something of this store or server is to be filled in. */
import { script } from "./role";

/** A placeholder by itself stands for whole lines, or for none. */
const PLACEHOLDER = /^@([A-Z_]+)@\n|@([A-Z_]+)@/gm;
/** For those who read the file, where `#` is for those who read it on the server. */
const READERS = /^ *##.*\n/gm;

/**
 * @param name of a file in `scripts/`
 * @param values by placeholder
 * @throws Error naming a placeholder that has no value, or a value that has no placeholder
 */
export function filledIn(name: string, values: Readonly<Record<string, string | number>> = {}): string {
  const unused = new Set(Object.keys(values));
  const text = script(name).content.replace(READERS, "");
  const filled = text.replace(PLACEHOLDER, (_, lines: string | undefined, word: string) => {
    const key = lines ?? word;
    const value = values[key];
    if (value === undefined) throw new Error(`${name} has @${key}@, for which there is no value`);
    unused.delete(key);
    return String(value);
  });
  if (unused.size > 0) throw new Error(`${name} has no place for ${[...unused].join(", ")}`);
  return filled;
}
