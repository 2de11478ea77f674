/** From the raw keys of a stack file to a sound configuration, or one error that names every mistake. */
import { z } from "zod";
import type { GivenStore, Mistake } from "./rule";
import { RULES } from "./rules";
import { type StoreConfig, storeSchema } from "./schema";
import { at, soundPart } from "./sound";

/** Stands for the value under an unknown key, which is never shown: it may be a secret. */
const UNKNOWN = Symbol("unknown key");

/** The stack file has mistakes; the message lists each with its key, its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(
    namespace: string,
    readonly mistakes: readonly Mistake[],
  ) {
    const lines = mistakes.map(({ key, value, problem }) => {
      return `  ${namespace}:${key} ${found(value)}; it ${problem}`;
    });
    const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
    super(`the stack's configuration has ${count}; nothing was created or changed:\n${lines.join("\n")}`);
  }
}

/**
 * Checks a store's stack file.
 * @param input the keys below the project's namespace, e.g. `{ cloud: {...}, web: {...} }`
 * @throws ConfigError naming every mistake at once
 */
export function validate(namespace: string, input: Readonly<Record<string, unknown>>): StoreConfig {
  const sound = soundPart(storeSchema, input) ?? {};
  // Whatever it is: the type says which keys may be looked for.
  const given = input as GivenStore;
  return checked(storeSchema, namespace, input, () => RULES.flatMap((rule) => rule(sound, given)));
}

/** The same for any schema, such as another stack's. @throws ConfigError naming every mistake at once */
export function validated<T extends z.ZodObject>(
  schema: T,
  namespace: string,
  input: Readonly<Record<string, unknown>>,
): z.output<T> {
  return checked(schema, namespace, input, () => []);
}

function checked<T extends z.ZodObject>(
  schema: T,
  namespace: string,
  input: Readonly<Record<string, unknown>>,
  more: () => readonly Mistake[],
): z.output<T> {
  const parsed = schema.safeParse(input);
  const mistakes = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => mistakesOf(schema, issue, input))),
    ...more(),
  ];
  if (parsed.success && mistakes.length === 0) return parsed.data;
  throw new ConfigError(namespace, mistakes);
}

function mistakesOf(schema: z.ZodObject, issue: z.core.$ZodIssue, input: unknown): Mistake[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((name) => ({ key: [...issue.path, name].join("."), value: UNKNOWN, problem: known }));
  }
  const value = issue.path.reduce(at, input);
  const problem = value === undefined && issue.code === "invalid_type" ? "must be given" : requirement(issue);
  return [{ key: issue.path.join("."), value, problem }];
}

/** The keys that the schema has at a path, in words. */
function knownKeys(root: z.ZodObject, path: readonly PropertyKey[]): string {
  const at = path.reduce<z.ZodType | undefined>((schema, key) => shapeOf(schema)?.[String(key)], root);
  const names = Object.keys(shapeOf(at) ?? {});
  return names.length > 0 ? `must be one of ${names.join(", ")}` : "must go";
}

function shapeOf(schema: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> | undefined {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodPipe) return schema.def.in instanceof z.ZodType ? shapeOf(schema.def.in) : undefined;
  const wrapped = schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  return wrapped && schema.def.innerType instanceof z.ZodType ? shapeOf(schema.def.innerType) : undefined;
}

/** Our own messages say "must be…"; zod's defaults are turned to the same form. */
function requirement(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith("must ")) return issue.message;
  if (issue.code === "invalid_type") return `must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  return `must be valid (${issue.message})`;
}

function found(value: unknown): string {
  if (value === UNKNOWN) return "is no known key";
  return value === undefined ? "is missing" : `is ${clip(JSON.stringify(value))}`;
}

function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
