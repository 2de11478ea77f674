/** The interface of a stack to people and to other stacks: stable names, described once; types and checks follow. */
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** Raised when a name is removed or changes its meaning; a new name does not raise it. */
export const INTERFACE_VERSION = 1;

const text = z.string().min(1);
const id = text.meta({ title: "id" });
const perTier = <T extends z.ZodType>(value: T) => z.object({ web: value, app: value, db: value });
/** A store may have more groups of servers than tiers. */
const perServers = <T extends z.ZodType>(value: T) => perTier(value).catchall(value);
const perBalancer = <T extends z.ZodType>(value: T) => z.object({ web: value, app: value });
const perGroup = <T extends z.ZodType>(value: T) => z.object({ web: value.optional(), app: value.optional() });
const byName = z.record(z.string(), text);

const scalingHandles = z.object({
  stackId: id.describe("the stack of Heat"),
  policyIds: z.object({ grow: id, shrink: id }).describe("the scaling policies of Heat"),
  alarmIds: z
    .object({ busy: id, idle: id })
    .optional()
    .describe("the alarms of Aodh; absent with `telemetry.driver: heat-signal`"),
});
const scalingUrls = z.object({ grow: text, shrink: text });
const service = z.object({
  vip: z.ipv4().describe("VIP of its balancer, in the app subnet"),
  loadBalancerId: id.describe("its balancer"),
  routes: z.array(text).describe("which pages are the service's"),
  scaling: scalingHandles.optional().describe("what scales its group; absent for a static group"),
});
/** What docs/outputs.md calls it. */
const SERVICE_TITLE = "{ vip: IPv4 address; loadBalancerId: id; routes: list; scaling?: as `scaling` of a tier }";

/** The descriptions are in docs/outputs.md too, which `npm run docs` writes. */
export const storeOutputs = z.object({
  interfaceVersion: z
    .literal(INTERFACE_VERSION)
    .describe("Version of these outputs. It is raised when a name is removed or changes its meaning."),
  name: text.describe(
    "`<project>-<stack>`: every name begins with it, and everything that the stack made has it as a tag.",
  ),
  storefrontUrl: z
    .url()
    .describe("Address of the shop, e.g. `http://203.0.113.17/`. With `boot.wait` it is there once the store sells."),
  publicAddress: z.ipv4().describe("The floating IP."),
  externalNetwork: z.object({ id, name: text }).describe("Network that floating IPs come from."),
  vips: perBalancer(z.ipv4()).describe("VIPs of the two balancers, inside their tiers."),
  loadBalancerIds: perGroup(id).describe("Balancers of Octavia; no entry with HAProxy."),
  balancerServerIds: perGroup(z.array(id)).describe("Servers that HAProxy runs on; no entry with Octavia."),
  networkIds: perTier(id).describe("Networks."),
  subnetIds: perTier(id).describe("Subnets."),
  cidrs: perTier(z.cidrv4()).describe("Ranges of the subnets."),
  databaseRoute: z
    .object({ destination: z.cidrv4(), nextHop: z.ipv4() })
    .optional()
    .describe("Route from the app network to the database; absent where app and db are subnets of yours."),
  securityGroupIds: perServers(id).describe(
    "Security groups. A rule that another stack adds to a group is deleted with the group.",
  ),
  serverIds: perServers(z.array(id)).describe("Servers; of an elastic group as of the last `up` or refresh."),
  databaseEndpoint: z.object({ host: z.ipv4(), port: z.int() }).describe("Address of the database."),
  databaseCaCertificate: z
    .string()
    .startsWith("-----BEGIN CERTIFICATE-----")
    .describe(
      "Certificate (PEM) of the authority that signed the database's. The database takes no connection without TLS.",
    ),
  databaseNames: z.array(text).describe("Databases, one for each store. Each has a user of the same name."),
  databaseReaders: z.array(text).describe("Users who may read every store."),
  databaseVolumeId: id.describe("The volume that holds the data; with `database.mode: pair` that of the first server."),
  scaling: perGroup(scalingHandles).describe("What scales each elastic group; no entry for a static group."),
  services: z
    .record(z.string(), service.meta({ title: SERVICE_TITLE }))
    .optional()
    .describe(
      "Services with servers of their own, by name; absent without `services`. Their servers and security groups are in `serverIds` and `securityGroupIds`.",
    ),
  containers: z
    .object({ static: text, backups: text, media: text.optional() })
    .optional()
    .describe("Containers of Swift; absent on a cloud without it. `media` is there with `shop.media.driver: swift`."),
  staticUrl: z
    .url()
    .optional()
    .describe(
      "Address of the container `static`, with the slash; only with `shop.publicStatic`. `/static/` of the shop leads there.",
    ),

  databasePasswords: byName.describe("Password of each store's database user, by the store's name."),
  readerPasswords: byName.describe("Password of each user who only reads, by the user's name."),
  adminPasswords: byName.describe("Password of each store's administrator `admin`, by the store's name."),
  backupKey: text
    .optional()
    .describe(
      "Key that opens the backups; only with `database.backups`. Keep a copy outside the stack: without it nobody can restore.",
    ),
  serviceScalingUrls: z
    .record(z.string(), scalingUrls.meta({ title: "{ grow, shrink }: string" }))
    .optional()
    .describe("The same as `scalingUrls` for elastic groups of services, by name."),
  scalingUrls: perGroup(scalingUrls).describe(
    "Addresses that scale a group by one server when they get a `POST`; only with `telemetry.driver: heat-signal`.",
  ),
});

/** What a stack says of its store, as plain values. */
export type StoreFacts = z.output<typeof storeOutputs>;
export type ScalingHandles = z.output<typeof scalingHandles>;
export type ScalingUrls = z.output<typeof scalingUrls>;

/** What the program exports. */
export type StoreOutputs = { readonly [Name in keyof StoreFacts]: pulumi.Output<StoreFacts[Name]> };

/** Outputs that are secrets, each as a whole: one secret in an object that is none would be printed with it. */
export const SECRET_OUTPUTS = [
  "databasePasswords",
  "readerPasswords",
  "adminPasswords",
  "backupKey",
  "scalingUrls",
  "serviceScalingUrls",
] as const;
export type SecretOutput = (typeof SECRET_OUTPUTS)[number];
