/** The interface of a stack to people and to other stacks: stable names, described once; types and checks follow. */
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** Raised when a name is removed or changes its meaning; a new name does not raise it. */
export const INTERFACE_VERSION = 1;

const text = z.string().min(1);
const perTier = <T extends z.ZodType>(value: T) => z.object({ web: value, app: value, db: value });
const perBalancer = <T extends z.ZodType>(value: T) => z.object({ web: value, app: value });
const perGroup = <T extends z.ZodType>(value: T) => z.object({ web: value.optional(), app: value.optional() });
const byName = z.record(z.string(), text);

const scalingHandles = z.object({
  /** Heat's. */
  stackId: text,
  policyIds: z.object({ grow: text, shrink: text }),
  /** Aodh's; none with telemetry.driver heat-signal. */
  alarmIds: z.object({ busy: text, idle: text }).optional(),
});
const scalingUrls = z.object({ grow: text, shrink: text });

export const storeOutputs = z.object({
  interfaceVersion: z.literal(INTERFACE_VERSION),
  /** `<project>-<stack>`: what every name begins with, and the tag of all that the stack has made. */
  name: text,
  /** Where shoppers go, e.g. `http://203.0.113.17/`; with boot.wait it is there when the store sells, and not before. */
  storefrontUrl: z.url(),
  publicAddress: z.ipv4(),
  /** Where floating IPs come from. */
  externalNetwork: z.object({ id: text, name: text }),
  /** Virtual addresses of the two balancers, inside their tiers. */
  vips: perBalancer(z.ipv4()),
  /** Octavia's; without an entry where HAProxy balances. */
  loadBalancerIds: perGroup(text),
  /** Servers that HAProxy runs on; without an entry where Octavia balances. */
  balancerServerIds: perGroup(z.array(text)),
  networkIds: perTier(text),
  subnetIds: perTier(text),
  cidrs: perTier(z.cidrv4()),
  /** How a server in the app network gets to the database; none where app and db are subnets of the user's own. */
  databaseRoute: z.object({ destination: z.cidrv4(), nextHop: z.ipv4() }).optional(),
  /** What a tier's servers let in and out. Rules added to them by others end with the group. */
  securityGroupIds: perTier(text),
  /** Of an elastic group: as of the last `up` or refresh. */
  serverIds: perTier(z.array(text)),
  databaseEndpoint: z.object({ host: z.ipv4(), port: z.int() }),
  /** PEM, of the authority that signed the database's certificate; the database takes no connection without TLS. */
  databaseCaCertificate: z.string().startsWith("-----BEGIN CERTIFICATE-----"),
  /** One a store; each has a user of the same name. */
  databaseNames: z.array(text),
  /** Users who may read every store. */
  databaseReaders: z.array(text),
  databaseVolumeId: text,
  /** Ids of Heat's stacks and policies and Aodh's alarms; without an entry for a group that does not scale by itself. */
  scaling: perGroup(scalingHandles),
  /** Of Swift; none on a cloud without. Uploads are in `media`, with shop.media.driver swift. */
  containers: z.object({ static: text, backups: text, media: text.optional() }).optional(),
  /** Of Swift's container for static content, with the slash; only with shop.publicStatic. `/static/` of the shop leads there. */
  staticUrl: z.url().optional(),

  /** Password of each store's database user, by the store's name. Secret. */
  databasePasswords: byName,
  /** Password of each user who only reads, by the user's name. Secret. */
  readerPasswords: byName,
  /** Password of each store's administrator `admin`, by the store's name. Secret. */
  adminPasswords: byName,
  /** Addresses that scale a group when they are POSTed to; none with alarms of our own. Secret. */
  scalingUrls: perGroup(scalingUrls),
});

/** What a stack says of its store, as plain values. */
export type StoreFacts = z.output<typeof storeOutputs>;
export type ScalingHandles = z.output<typeof scalingHandles>;
export type ScalingUrls = z.output<typeof scalingUrls>;

/** What the program exports. */
export type StoreOutputs = { readonly [Name in keyof StoreFacts]: pulumi.Output<StoreFacts[Name]> };

/** Outputs that are secrets, each as a whole: one secret in an object that is none would be printed with it. */
export const SECRET_OUTPUTS = ["databasePasswords", "readerPasswords", "adminPasswords", "scalingUrls"] as const;
export type SecretOutput = (typeof SECRET_OUTPUTS)[number];
