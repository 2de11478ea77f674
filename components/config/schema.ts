/**
 * The shape of a stack file: one schema, its defaults and its types. Nothing here needs an engine.
 * Rules over several keys (overlaps, clashes, capacity) are in `rules.ts`.
 */
import { z } from "zod";
import { LONGEST_PREFIX } from "../core/address-plan";
import { cidrOf, overlap, parseCidr } from "../core/cidr";
import type { Service } from "../core/services";
import { accessSchema } from "./access-schema";
import { balancingSchema } from "./balancing-schema";
import { bootSchema } from "./boot-schema";
import { databaseSchema } from "./database-schema";
import { type AutoScaling, groupScalingSchema, telemetrySchema } from "./scaling-schema";
import { servicesOf, servicesSchema } from "./services-schema";
import { shopSchema } from "./shop-schema";
import { cidr, distinct, ipv4, nameOrId, type rootDiskSchema, serverSchema, whole } from "./values";

const NOT_FOR_SUBNETS = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map(cidrOf);
const subnetCidr = cidr
  .refine((text) => (parseCidr(text)?.prefix ?? 0) <= LONGEST_PREFIX, `must be /${LONGEST_PREFIX} or larger`)
  .refine((text) => {
    const block = parseCidr(text);
    return !block || !NOT_FOR_SUBNETS.some((reserved) => overlap(block, reserved));
  }, "must not lie in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3");

/** Where the store stands: what it takes from the cloud as it is. */
export const cloudSchema = z.strictObject({
  externalNetwork: nameOrId.describe("external network for floating IPs and the edge router's gateway, by name or id"),
  floatingSubnet: nameOrId.optional().describe("subnet of the external network to take the floating IP from"),
  floatingIp: ipv4
    .optional()
    .describe("a floating IP that you own already, such as one that DNS points to; it is used and never released"),
  router: nameOrId
    .optional()
    .describe("a router that you have already; it gets the tiers' interfaces and is never deleted"),
  dnsServers: distinct(ipv4)
    .default([])
    .describe("resolvers that DHCP hands out; none: the cloud's own, which answer in the subnet; needed with ML2/OVN"),
  computeZones: distinct(nameOrId).default([]).describe("availability zones, used in turn; none: the cloud chooses"),
  volumeZones: distinct(nameOrId)
    .default([])
    .describe("volume zones; the first one holds the database volume; none: the cloud chooses"),
  keyPair: nameOrId.optional().describe("name of a key pair for the servers' first user"),
  objectStorage: z.boolean().default(true).describe("whether the cloud has Swift; the store then gets its containers"),
});

/** Keys of one tier's network. */
const tierNetworkShape = (defaultCidr: string) => ({
  cidr: subnetCidr.default(defaultCidr).describe("range of the tier's subnet, /27 or larger"),
  address: ipv4
    .optional()
    .describe("VIP of the balancer (web, app), or address of the database (db); none: the 10th of the subnet"),
  subnet: nameOrId
    .optional()
    .describe(
      "a subnet that you have already, with routes of yours; it is never changed or deleted; app and db together or not at all",
    ),
});

export const TIER_NETWORKS = {
  web: tierNetworkShape("10.20.0.0/24"),
  app: tierNetworkShape("10.20.1.0/24"),
  db: tierNetworkShape("10.20.2.0/24"),
};

export const networkSchema = z.strictObject({
  web: z.strictObject(TIER_NETWORKS.web).prefault({}).describe("the network of the web servers and of their balancer"),
  app: z.strictObject(TIER_NETWORKS.app).prefault({}).describe("the network of the app servers and of their balancer"),
  db: z.strictObject(TIER_NETWORKS.db).prefault({}).describe("the network of the database"),
  mtu: whole(1280, 9216).optional().describe("MTU of the tier networks in bytes; none: the cloud's"),
});

export const groupSchema = z.strictObject({
  ...serverSchema,
  count: whole(1, 100).default(2).describe("number of servers; without effect with `scaling.mode: auto`"),
  scaling: groupScalingSchema.default({ mode: "static" }).describe("how the number of servers is set"),
});

const price = z.number("must be a price, such as 0.012").min(0, "must not be negative").meta({ title: "price" });

/** What the cloud asks for an hour; only `npm run estimate` and the policies read it. */
export const pricesSchema = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be a currency code such as EUR")
    .describe("code of the currency"),
  vcpu: price.describe("price of one vCPU"),
  ram: price.describe("price of one GiB of memory"),
  volume: z
    .record(z.string(), price, "must be a price for each volume type, such as { default: 0.0001 }")
    .default({})
    .describe("prices of one GiB, by volume type; `default` is for volumes without a type"),
  balancer: price.describe("price of one Octavia load balancer; servers of HAProxy count as servers"),
  address: price.describe("price of one floating IP"),
});

/** The whole stack file: one key per section, under the project's namespace. */
export const storeSchema = z.strictObject({
  cloud: cloudSchema.describe("What the store takes from the cloud as it is."),
  network: networkSchema.prefault({}).describe("The three networks."),
  access: accessSchema
    .prefault({})
    .describe("Addresses outside that may reach the store, and that its servers may reach."),
  web: groupSchema.describe("The web servers."),
  app: groupSchema.describe("The app servers, which run the shop."),
  services: servicesSchema
    .prefault({})
    .describe(
      "Services of the shop that have app servers of their own; all else stays with `app`. See docs/services.md.",
    ),
  database: databaseSchema.describe("The database server, its volume and its databases."),
  balancing: balancingSchema.prefault({}).describe("The two load balancers; see docs/balancing.md."),
  shop: shopSchema.prefault({}).describe("The shop itself."),
  boot: bootSchema.prefault({}).describe("How servers boot, and how long `up` waits for them."),
  telemetry: telemetrySchema.prefault({}).describe("What elastic groups measure; see docs/auto-scaling.md."),
  prices: pricesSchema
    .optional()
    .describe("Prices of your cloud, for an hour. Only `npm run estimate` and the policies read them."),
  // Never the secrets themselves: the program hands those past the schema.
  mailPassword: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("Password of `shop.mail.user`, a secret: `pulumi config set --secret mailPassword`."),
  backupKey: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("Key of the backups in `database.restore.container`, a secret: `pulumi config set --secret backupKey`."),
});

export type StoreConfig = z.output<typeof storeSchema>;
export type CloudConfig = z.output<typeof cloudSchema>;
export type GroupConfig = z.output<typeof groupSchema>;
export type RootDisk = z.output<typeof rootDiskSchema>;
export type Prices = z.output<typeof pricesSchema>;

/** Key of the price of volumes without a type. */
export const DEFAULT_TYPE = "default";

/** The three tiers, from the shopper inwards. */
export const TIERS = ["web", "app", "db"] as const;
export type Tier = (typeof TIERS)[number];
export const isTier = (name: string): name is Tier => TIERS.some((tier) => tier === name);

/** The database that the shop uses. */
export function shopDatabase({
  shop,
  database,
}: Pick<StoreConfig, "database"> & Partial<Pick<StoreConfig, "shop">>): string {
  const [first = ""] = database.stores;
  return shop?.database ?? first;
}

/** A group of servers whose number the stack file says. */
export interface CountedGroup {
  /** Section of the stack file. */
  readonly key: "web" | "app" | `services.${Service}`;
  /** As in the names of its servers. */
  readonly name: "web" | "app" | Service;
  /** Whose network it is in. */
  readonly tier: "web" | "app";
  readonly section: Pick<GroupConfig, "count" | "flavor" | "rootDisk" | "scaling">;
}

/** All groups that grow, or have as many servers as the stack file says, from the shopper inwards. */
export function countedGroups(config: Counted): CountedGroup[] {
  const { web, app } = config;
  return [
    { key: "web", name: "web", tier: "web", section: web },
    { key: "app", name: "app", tier: "app", section: app },
    ...servicesOf(config).map(
      ([name, section]): CountedGroup => ({ key: `services.${name}`, name, tier: "app", section }),
    ),
  ];
}
/** Whether it is a service with servers of its own. */
export const isService = (group: CountedGroup): group is ServiceGroup => group.key === `services.${group.name}`;
export interface ServiceGroup extends CountedGroup {
  readonly key: `services.${Service}`;
  readonly name: Service;
}

export type Counted = Pick<StoreConfig, "web" | "app" | "services">;

export interface ScalingGroup extends CountedGroup {
  readonly scaling: AutoScaling;
}

/** Those that scale by themselves. */
export function elasticGroups(config: Counted): ScalingGroup[] {
  return countedGroups(config).flatMap((group) => {
    const { scaling } = group.section;
    return scaling.mode === "auto" ? [{ ...group, scaling }] : [];
  });
}
