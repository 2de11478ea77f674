/** Property values as they travel between engine and plugin. */
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

export type Properties = Readonly<Record<string, JavaScriptValue>>;

/** The engine's sign for "not known before the update". */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Plain values, secrets unwrapped, nulls dropped. */
export function fromStruct(struct: Struct | undefined): Properties {
  const entries = Object.entries(struct?.toJavaScript() ?? {});
  return Object.fromEntries(entries.filter(([, value]) => value !== null).map(([key, value]) => [key, unwrap(value)]));
}

/** A struct in which the named properties are marked as secrets. */
export function toStruct(properties: Properties, secrets: readonly string[]): Struct {
  return Struct.fromJavaScript(
    Object.fromEntries(
      Object.entries(properties)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, secrets.includes(key) ? { [SIGNATURE]: SECRET, value } : value]),
    ),
  );
}

function unwrap(value: JavaScriptValue): JavaScriptValue {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(unwrap);
  const fields: Record<string, JavaScriptValue> = { ...value };
  if (fields[SIGNATURE] === SECRET) return unwrap(fields.value ?? null);
  return Object.fromEntries(Object.entries(fields).map(([key, inner]) => [key, unwrap(inner)]));
}
