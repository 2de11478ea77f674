/** The package's schema, which programs in other languages are checked by: made from the schemas that this one has. */
import { z } from "zod";
import { version } from "../../package.json";
import { BACKUP_KEY } from "../config/backups-schema";
import { MAIL_PASSWORD } from "../config/mail-schema";
import { storeSchema } from "../config/schema";
import { SECRET_OUTPUTS, storeOutputs } from "../outputs";

export const PACKAGE = "ecommerce";
/** As the store's own. */
export const VERSION = version;
export const STOREFRONT = `${PACKAGE}:index:Storefront`;

/** A type in Pulumi's own form of JSON schema. */
type PulumiType = Readonly<Record<string, unknown>>;
type JsonSchema = z.core.JSONSchema.BaseSchema;

interface ObjectType {
  readonly type: "object";
  readonly description?: string;
  readonly properties: Readonly<Record<string, PulumiType>>;
  readonly required: readonly string[];
}

export function packageSchema() {
  const types: Record<string, ObjectType> = {};
  const inputs = objectType("", z.toJSONSchema(storeSchema, { io: "input" }), types);
  const secrets: readonly string[] = SECRET_OUTPUTS;
  const outputs = objectType("Out", z.toJSONSchema(storeOutputs), types);
  return {
    name: PACKAGE,
    version: VERSION,
    displayName: "An online shop on anybody's OpenStack",
    description:
      "Networks, load balancers, groups of servers that scale by themselves, and a database on its own volume",
    license: "Apache-2.0",
    resources: {
      [STOREFRONT]: {
        isComponent: true,
        description: "The whole shop. Its inputs are the sections of a stack file, one a stack.",
        inputProperties: {
          ...inputs.properties,
          [MAIL_PASSWORD]: { ...inputs.properties[MAIL_PASSWORD], secret: true },
          [BACKUP_KEY]: { ...inputs.properties[BACKUP_KEY], secret: true },
        },
        requiredInputs: inputs.required,
        properties: Object.fromEntries(
          Object.entries(outputs.properties).map(([name, { const: _, ...type }]) => [
            // A language would send a constant along as an input.
            name,
            secrets.includes(name) ? { ...type, secret: true } : type,
          ]),
        ),
        required: outputs.required,
      },
    },
    types,
  };
}

/** @param name of the type in which it stands; nested objects get types of their own, named by where they are */
function objectType(name: string, schema: JsonSchema, types: Record<string, ObjectType>): ObjectType {
  const properties = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const property = plain(value);
    const described = {
      ...typeOf(`${name}${capital(key)}`, property, types),
      ...(property.description ? { description: property.description } : {}),
      ...(isScalar(property.default) ? { default: property.default } : {}),
    };
    return [key, described] as const;
  });
  return { type: "object", properties: Object.fromEntries(properties), required: schema.required ?? [] };
}

function typeOf(name: string, schema: JsonSchema, types: Record<string, ObjectType>): PulumiType {
  const variants = (schema.anyOf ?? schema.oneOf)?.map(plain);
  if (variants)
    return { oneOf: variants.map((variant) => typeOf(`${name}${capital(kindOf(variant))}`, variant, types)) };
  if (schema.type === "array") return { type: "array", items: typeOf(`${name}Item`, plain(schema.items), types) };
  if (schema.type !== "object") {
    return { type: schema.type ?? "string", ...(schema.const === undefined ? {} : { const: schema.const }) };
  }
  if (schema.properties === undefined) {
    return { type: "object", additionalProperties: typeOf(`${name}Value`, plain(schema.additionalProperties), types) };
  }
  const token = `${PACKAGE}:index:${name}`;
  types[token] = objectType(name, schema, types);
  return { $ref: `#/types/${token}` };
}

/** The value of the property that tells a union's members apart. */
function kindOf(variant: JsonSchema): string {
  const told = Object.values(variant.properties ?? {}).map((property) => plain(property).const);
  return String(told.find((value) => value !== undefined) ?? "");
}

/** JSON schema also has `true` and lists in a schema's place, for what the schemas here do not say. */
function plain(schema: JsonSchema | boolean | readonly unknown[] | undefined): JsonSchema {
  if (typeof schema !== "object" || !isSingle(schema)) throw new Error(`no schema: ${JSON.stringify(schema)}`);
  return schema;
}

const isSingle = (schema: JsonSchema | readonly unknown[]): schema is JsonSchema => !Array.isArray(schema);

const isScalar = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);

/** `HTTP_COOKIE` and `volume` as parts of a type's name: `HttpCookie`, `Volume`. */
function capital(text: string): string {
  return text
    .split("_")
    .map(
      (word) =>
        word.charAt(0).toUpperCase() + (word === word.toUpperCase() ? word.slice(1).toLowerCase() : word.slice(1)),
    )
    .join("");
}
