/**
 * The part of some input that is sound by itself, key by key: rules over several keys read that, typed, and so say what is
 * wrong with some keys whatever else is wrong with others.
 */
import { z } from "zod";

/** Every key may be without a value: it is not given and has no default, or it is wrong. */
export type Sound<T> = T extends readonly (infer E)[]
  ? readonly (E | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Sound<T[K]> | undefined }
    : T;

type Keys<T> = T extends object ? keyof T : never;
type At<T, K> = T extends object ? (K extends keyof T ? T[K] : never) : never;

/** The same keys, with whatever may stand there. */
export type Given<T> = [Extract<T, object>] extends [never]
  ? unknown
  : NonNullable<T> extends readonly unknown[]
    ? unknown
    : { readonly [K in Keys<T>]?: Given<At<T, K>> } | undefined;

/** @returns what is sound of an input, with the schema's defaults */
export function soundPart<T extends z.ZodType>(schema: T, input: unknown): Sound<z.output<T>> | undefined;
export function soundPart(schema: z.ZodType, input: unknown): unknown {
  const whole = schema.safeParse(input);
  if (whole.success) return whole.data;
  const inner = innerOf(schema, input);
  if (inner) return soundPart(inner, input);
  if (schema instanceof z.ZodArray && Array.isArray(input) && schema.element instanceof z.ZodType) {
    const { element } = schema;
    return input.map((one) => soundPart(element, one));
  }
  if (schema instanceof z.ZodRecord && schema.valueType instanceof z.ZodType && typeof input === "object" && input) {
    const { valueType } = schema;
    return Object.fromEntries(Object.entries(input).map(([key, one]) => [key, soundPart(valueType, one)]));
  }
  if (!(schema instanceof z.ZodObject)) return undefined;
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  return Object.fromEntries(Object.entries(shape).map(([key, one]) => [key, soundPart(one, at(input, key))]));
}

/** What a key has, whatever it is a key of. */
export function at(holder: unknown, key: PropertyKey): unknown {
  return typeof holder === "object" && holder !== null ? Reflect.get(holder, key) : undefined;
}

/** The schema that says more of an input which does not fit as a whole. */
function innerOf(schema: z.ZodType, input: unknown): z.ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.def.in instanceof z.ZodType ? schema.def.in : undefined;
  const wraps = schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  if (wraps) return schema.def.innerType instanceof z.ZodType ? schema.def.innerType : undefined;
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return undefined;
  const { discriminator } = schema.def;
  return schema.options.find(
    (option): option is z.ZodObject =>
      option instanceof z.ZodObject &&
      option.shape[discriminator]?.safeParse(at(input, discriminator)).success === true,
  );
}
