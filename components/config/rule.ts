/**
 * What a rule over several keys is made of. Rules read key by key, and only keys that are sound by themselves, so that
 * one wrong key never hides another.
 */
import type { z } from "zod";

/** One mistake: where it is, what stands there, what is allowed. */
export interface Mistake {
  /** Dotted path below the project's namespace, e.g. `network.web.cidr`. */
  readonly key: string;
  readonly value: unknown;
  readonly problem: string;
}

export type Rule = (stackFile: unknown) => Mistake[];

/** What stands at a dotted path of nested objects and lists; undefined where there is nothing. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

/** The value of one key with its default, or undefined when it is missing or wrong. */
export function sound<T extends z.ZodType>(schema: T, input: unknown, key: string): z.output<T> | undefined {
  const read = schema.safeParse(valueAt(input, key.split(".")));
  return read.success ? read.data : undefined;
}
