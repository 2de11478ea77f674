/**
 * The SDK that Pulumi's generator would make of the built plugin, i.e. of the provider v3.4.0: the plugin prints what it
 * knows of itself, and names and options follow the rules of the bridge (tfbridge/names.go, tfgen/generate.go).
 */
import path from "node:path";
import { z } from "zod";
import { ensurePart, openstackPlugin } from "../../../toolchain/parts";
import { run } from "../../../toolchain/run";
import type { Member, Properties, Property, Sdk, Shape } from "./shapes";

/** Numbers that the bridge has for the types of Terraform. */
const SCALARS: Readonly<Record<number, Shape>> = { 1: "boolean", 2: "number", 3: "number", 4: "string" };
const LIST = 5;
const MAP = 6;
const SET = 7;

interface Field {
  readonly type: number;
  readonly optional?: boolean | undefined;
  readonly required?: boolean | undefined;
  readonly computed?: boolean | undefined;
  readonly maxItems?: number | undefined;
  readonly element?: { readonly schema?: Field | undefined; readonly resource?: Fields | undefined } | undefined;
}
type Fields = Readonly<Record<string, Field>>;

/** What the plugin's own main says of a field. */
const overrideSchema = z.object({
  name: z.string().optional(),
  maxItemsOne: z.boolean().optional(),
  default: z.unknown().optional(),
});
type Overrides = Readonly<Record<string, z.output<typeof overrideSchema>>>;

const fieldSchema: z.ZodType<Field> = z.lazy(() =>
  z.object({
    type: z.number(),
    optional: z.boolean().optional(),
    required: z.boolean().optional(),
    computed: z.boolean().optional(),
    maxItems: z.number().optional(),
    element: z.object({ schema: fieldSchema.optional(), resource: fieldsSchema.optional() }).optional(),
  }),
);
const fieldsSchema = z.record(z.string(), fieldSchema);
const described = z.record(
  z.string(),
  z.object({
    tok: z.string(),
    fields: z
      .record(z.string(), overrideSchema)
      .nullish()
      .transform((fields) => fields ?? {}),
  }),
);
const infoSchema = z.object({
  provider: z.object({
    schema: fieldsSchema,
    resources: z.record(z.string(), fieldsSchema),
    dataSources: z.record(z.string(), fieldsSchema),
  }),
  config: z.record(z.string(), overrideSchema),
  resources: described,
  dataSources: described,
});

/**
 * What the official package of 5.x says of fields and the built plugin does not, which serves programs of 3.15.2: a server
 * group's one policy stood in a list there, and three arguments may come from the environment.
 */
const OFFICIAL: Readonly<Record<string, Overrides>> = {
  openstack_compute_servergroup_v2: { policies: { maxItemsOne: true } },
  openstack_containerinfra_cluster_v1: { cluster_template_id: { default: "OS_MAGNUM_CLUSTER_TEMPLATE" } },
  openstack_containerinfra_clustertemplate_v1: { image: { default: "OS_MAGNUM_IMAGE" } },
  openstack_networking_floatingip_v2: { pool: { default: "OS_POOL_NAME" } },
};

/** What of the two is asked: whether an argument must be given, or whether a result is always there. */
type Side = keyof Member;

/** Blocks of a resource are options wherever they stand, and what a function finds is a result. */
const INSIDE = { resources: "inputs", functions: "outputs" } as const satisfies Record<keyof Sdk, Side>;

export async function providerSdk(): Promise<Sdk> {
  const plugin = path.join(await ensurePart(openstackPlugin("newest")), "pulumi-resource-openstack");
  const { stdout } = await run(plugin, ["-get-provider-info"]);
  const info = infoSchema.parse(JSON.parse(stdout));
  const members = (kind: keyof Sdk, named: z.output<typeof described>, schemas: Readonly<Record<string, Fields>>) =>
    Object.fromEntries(
      Object.entries(named).map(([name, { tok, fields }]) => [
        tok,
        member(schemas[name] ?? {}, { ...fields, ...(kind === "resources" ? OFFICIAL[name] : {}) }, kind),
      ]),
    );
  return {
    resources: {
      ...members("resources", info.resources, info.provider.resources),
      "pulumi:providers:openstack": ofProvider(member(info.provider.schema, info.config, "resources")),
    },
    functions: members("functions", info.dataSources, info.provider.dataSources),
  };
}

/** Pulumi gives back of a provider what is text, and that only where it was given. */
function ofProvider({ inputs }: Member): Member {
  const outputs = Object.entries(inputs).filter(([, { shape }]) => shape === "string");
  return { inputs, outputs: Object.fromEntries(outputs.map(([name, one]) => [name, { ...one, required: false }])) };
}

function member(fields: Fields, overrides: Overrides, kind: keyof Sdk): Member {
  const given = Object.entries(fields).filter(([, field]) => field.optional || field.required);
  const inside = INSIDE[kind];
  // A function's result has the id of what was found; a resource has one anyway.
  const id: Properties = kind === "functions" ? { id: { shape: "string", required: true } } : {};
  return {
    inputs: properties(Object.fromEntries(given), overrides, "inputs", inside, fields),
    outputs: { ...properties(fields, overrides, "outputs", inside), ...id },
  };
}

/** @param siblings fields whose names a plural must not take */
function properties(
  fields: Fields,
  overrides: Overrides,
  side: Side,
  inside: Side,
  siblings: Fields = fields,
): Properties {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]): [string, Property] => {
      const own = overrides[name];
      const single = own?.maxItemsOne ?? field.maxItems === 1;
      const optional =
        side === "inputs"
          ? field.optional || field.computed || own?.default !== undefined
          : field.optional && !field.computed && own?.default === undefined;
      return [
        own?.name ?? camelCase(pluralOf(name, field, single, siblings)),
        { shape: shapeOf(field, single, inside), required: !optional },
      ];
    }),
  );
}

function shapeOf({ type, element }: Field, single: boolean, inside: Side): Shape {
  const scalar = SCALARS[type];
  if (scalar) return scalar;
  const one: Shape = element?.resource
    ? { object: properties(element.resource, {}, inside, inside) }
    : element?.schema
      ? shapeOf(element.schema, false, inside)
      : "string";
  if (type === MAP) return { map: one };
  if (type !== LIST && type !== SET) {
    throw new Error(`the plugin tells of a type ${type}, which is none of the bridge's`);
  }
  return single ? one : { list: one };
}

/** English as far as the provider's names go; the bridge leaves a name alone whose plural is another field. */
function pluralOf(name: string, { type }: Field, single: boolean, siblings: Fields): string {
  if ((type !== LIST && type !== SET) || single || name.endsWith("s")) return name;
  const plural = /(x|ch|sh)$/.test(name)
    ? `${name}es`
    : /[^aeiou]y$/.test(name)
      ? name.replace(/y$/, "ies")
      : `${name}s`;
  return plural in siblings ? name : plural;
}

const camelCase = (name: string) => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
