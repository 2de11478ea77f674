/** What the doctor found at one key of the stack file. */
export interface Finding {
  /** Key below the project's namespace, e.g. `web.image`; or a thing of the cloud, e.g. `quota`. */
  readonly key: string;
  /** unknown: the cloud does not tell; `up` may still work. */
  readonly state: "fine" | "wrong" | "unknown";
  readonly text: string;
  /** Values that put it right, by key; undefined takes the key away. */
  readonly set?: Readonly<Record<string, unknown>>;
}

export const fine = (key: string, text: string): Finding => ({ key, state: "fine", text });
export const unknown = (key: string, text: string): Finding => ({ key, state: "unknown", text });
export const wrong = (key: string, text: string, set?: Finding["set"]): Finding => ({
  key,
  state: "wrong",
  text,
  ...(set ? { set } : {}),
});

/** At most so many names are listed. */
const LISTED = 12;

/** Whether the cloud has what a key names, and once; near misses are proposed. */
export function named(key: string, wanted: string, there: readonly string[]): Finding {
  const fitting = there.filter((name) => name === wanted).length;
  if (fitting > 1) return wrong(key, `"${wanted}" is the name of ${fitting}: give the id of one`);
  if (fitting === 1) return fine(key, wanted);
  const list = there.length > LISTED ? `${there.slice(0, LISTED).join(", ")} and others` : there.join(", ");
  const near = nearest(wanted, there);
  return wrong(key, `"${wanted}" is not there; there are: ${list || "none"}`, near ? { [key]: near } : undefined);
}

/** The only name, or the shortest one with all words of the wanted name in it: `Ubuntu 24.04 LTS` for `ubuntu-24.04`. */
export function nearest(wanted: string, there: readonly string[]): string | undefined {
  if (there.length === 1) return there[0];
  const words = (name: string) => name.toLowerCase().split(/[^a-z0-9]+/);
  const fitting = there.filter((name) => words(wanted).every((word) => words(name).includes(word)));
  return fitting.sort((one, other) => one.length - other.length)[0];
}
