/** Rows of a Markdown table from a JSON schema: a row for each key, with its kind, its default and its description. */
import type { z } from "zod";

type JsonSchema = z.core.JSONSchema.BaseSchema;

export interface Row {
  /** Dotted path, e.g. `network.web.cidr`. */
  readonly key: string;
  /** In words, e.g. `list: IPv4 CIDR`. Empty for a key that holds further keys. */
  readonly kind: string;
  /** As JSON; undefined where there is none. */
  readonly fallback?: string;
  readonly required: boolean;
  readonly description: string;
}

/**
 * All keys below an object. An object that is described before under another name of the same level is one row that says so.
 * @param path of the object itself, with a dot at its end; empty at the top
 */
export function rowsOf(object: JsonSchema, path = ""): Row[] {
  const properties = Object.entries(object.properties ?? {}).map(([name, schema]) => [name, plain(schema)] as const);
  return properties.flatMap(([name, schema], index) => {
    const own = ownRow(`${path}${name}`, schema, object.required?.includes(name) ?? false);
    const twin = properties.slice(0, index).find(([, earlier]) => isTwin(earlier, schema));
    if (twin) return [{ ...own, description: `${own.description}: keys as of \`${path}${twin[0]}\`` }];
    return [own, ...variantsOf(schema).flatMap((variant) => rowsOf(variant, `${path}${name}.`))];
  });
}

function ownRow(key: string, schema: JsonSchema, required: boolean): Row {
  const fallback = JSON.stringify(schema.default);
  const told = fallback === undefined || (fallback === "{}" && isBranch(schema)) ? {} : { fallback };
  return { key, kind: kindOf(schema), ...told, required, description: schema.description ?? "" };
}

/** The objects that a key may hold: one, several of a union, or none. */
function variantsOf(schema: JsonSchema): JsonSchema[] {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return variants.map(plain);
  return schema.properties ? [schema] : [];
}

const isBranch = (schema: JsonSchema) => variantsOf(schema).length > 0;

function isTwin(one: JsonSchema, other: JsonSchema): boolean {
  const keys = ({ properties }: JsonSchema) => JSON.stringify(properties);
  return isBranch(one) && one.properties !== undefined && keys(one) === keys(other);
}

export function kindOf(schema: JsonSchema): string {
  if (schema.title) return schema.title;
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.type === "array") return `list: ${kindOf(plain(schema.items))}`;
  if (isBranch(schema)) return "";
  if (schema.type === "object") return `map: ${kindOf(plain(schema.additionalProperties))}`;
  return FORMATS[schema.format ?? ""] ?? String(schema.type ?? "");
}

const FORMATS: Readonly<Record<string, string>> = {
  email: "e-mail address",
  uuid: "UUID",
  uri: "URL",
  ipv4: "IPv4 address",
  cidrv4: "IPv4 CIDR",
};

/** JSON schema also allows `true` and lists in a schema's place; the schemas here have neither. */
export function plain(schema: JsonSchema | boolean | readonly unknown[] | undefined): JsonSchema {
  if (typeof schema !== "object" || !isSingle(schema)) throw new Error(`no schema: ${JSON.stringify(schema)}`);
  return schema;
}

const isSingle = (schema: JsonSchema | readonly unknown[]): schema is JsonSchema => !Array.isArray(schema);

/** Paths of documents as links from another document beside them. */
export function linked(text: string): string {
  return text.replace(/\bdocs\/([a-z-]+)\.md\b/g, "[$1]($1.md)");
}

/** A Markdown table; `|` inside a cell would end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
