/** What an SDK of the OpenStack provider says of resources and functions, whatever language it is in. */
import { z } from "zod";

export type Shape =
  | "boolean"
  | "number"
  | "string"
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly object: Properties };

export interface Property {
  readonly shape: Shape;
  /** Of an argument: it must be given. Of a result: it is never undefined. Not told: the source cannot tell. */
  readonly required?: boolean | undefined;
}

export type Properties = Readonly<Record<string, Property>>;

export interface Member {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface Sdk {
  /** By token, e.g. `openstack:networking/subnet:Subnet`. */
  readonly resources: Readonly<Record<string, Member>>;
  /** By token, e.g. `openstack:networking/getSubnet:getSubnet`. */
  readonly functions: Readonly<Record<string, Member>>;
}

const shapeSchema: z.ZodType<Shape> = z.lazy(() =>
  z.union([
    z.enum(["boolean", "number", "string"]),
    z.strictObject({ list: shapeSchema }),
    z.strictObject({ map: shapeSchema }),
    z.strictObject({ object: propertiesSchema }),
  ]),
);
const propertiesSchema: z.ZodType<Properties> = z.record(
  z.string(),
  z.strictObject({ shape: shapeSchema, required: z.boolean().optional() }),
);
const members = z.record(z.string(), z.strictObject({ inputs: propertiesSchema, outputs: propertiesSchema }));

export const sdkSchema: z.ZodType<Sdk> = z.strictObject({ resources: members, functions: members });
