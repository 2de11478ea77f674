/** Keys that every stack on a store has. */
import { z } from "zod";
import { accessSchema, bootSchema, cloudSchema, groupSchema } from "../../components/index";

const adminList = accessSchema.shape.admins.unwrap();

export const consumerShape = {
  store: z
    .string("must be a stack's name")
    .min(1, "must be a stack's name")
    .describe("the store's stack as Pulumi names it, e.g. organization/ecommerce/prod"),
  server: z.strictObject({
    image: groupSchema.shape.image,
    flavor: groupSchema.shape.flavor,
    keyPair: cloudSchema.shape.keyPair,
    zone: cloudSchema.shape.externalNetwork.optional().describe("availability zone; none: the cloud chooses"),
  }),
  access: z.strictObject({
    admins: adminList.refine((list) => list.length > 0, "must name at least one CIDR").describe("who may SSH"),
    packages: accessSchema.shape.packages
      .unwrap()
      .refine((list) => list.length > 0, "must name the mirrors that the server installs from"),
    ntp: accessSchema.shape.ntp,
    services: accessSchema.shape.services,
  }),
  dnsServers: cloudSchema.shape.dnsServers.describe("the store's cloud.dnsServers"),
  boot: bootSchema.omit({ mode: true }).prefault({}),
};

const consumerSchema = z.strictObject(consumerShape);
export type ConsumerConfig = z.output<typeof consumerSchema>;
