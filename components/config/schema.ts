/**
 * The shape of a stack file: one schema, its defaults and its types. Nothing here needs an engine.
 * What spans several keys (overlaps, clashes, capacity) stands in `rules.ts`.
 */
import { z } from "zod";
import { LONGEST_PREFIX } from "../network/address-plan";
import { cidrOf, isIpv4, overlap, parseCidr } from "../network/cidr";
import { balancingSchema } from "./balancing-schema";
import { mailSchema } from "./mail-schema";
import { nameOrId, type rootDiskSchema, serverSchema, whole } from "./values";

const ipv4 = z.string().refine(isIpv4, "must be an IPv4 address such as 10.20.0.10");
const cidr = z
  .string()
  .refine(
    (text) => parseCidr(text) !== undefined,
    "must be an IPv4 CIDR such as 10.20.0.0/24, with no bits set behind the prefix",
  );
const NOT_FOR_SUBNETS = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map(cidrOf);
const subnetCidr = cidr
  .refine((text) => (parseCidr(text)?.prefix ?? 0) <= LONGEST_PREFIX, `must be /${LONGEST_PREFIX} or larger`)
  .refine((text) => {
    const block = parseCidr(text);
    return !block || !NOT_FOR_SUBNETS.some((reserved) => overlap(block, reserved));
  }, "must not lie in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3");
const adminCidr = cidr.refine(
  (text) => (parseCidr(text)?.prefix ?? 32) >= 8,
  "must be /8 or longer: SSH is never open to the world",
);
const distinct = <T extends z.ZodType>(item: T) =>
  z.array(item).refine((list) => new Set(list).size === list.length, "must not name anything twice");

/** Where the store stands: what it takes from the cloud as it is. */
export const cloudSchema = z.strictObject({
  externalNetwork: nameOrId.describe("external network for floating IPs and the edge router's gateway, by name or id"),
  floatingSubnet: nameOrId.optional().describe("subnet of the external network to take the floating IP from"),
  floatingIp: ipv4.optional().describe("a floating IP you own already; it is adopted and never released"),
  router: nameOrId.optional().describe("a router you have already; it gets the tiers' interfaces and is never deleted"),
  dnsServers: distinct(ipv4).default([]).describe("resolvers handed out by DHCP; none: the cloud's own"),
  computeZones: distinct(nameOrId).default([]).describe("availability zones, used in turn; none: the cloud chooses"),
  volumeZones: distinct(nameOrId).default([]).describe("volume zones; the first one holds the database volume"),
  keyPair: nameOrId.optional().describe("name of a key pair for the servers' first user"),
  objectStorage: z.boolean().default(true).describe("false on a cloud without Swift"),
});

/** Keys of one tier's network. */
const tierNetworkShape = (defaultCidr: string) => ({
  cidr: subnetCidr.default(defaultCidr).describe("IPv4 CIDR of the tier's subnet, /27 or larger"),
  address: ipv4.optional().describe("address of the balancer's VIP (web, app) or the database; default: the 10th"),
  subnet: nameOrId.optional().describe("a subnet you have already, routed by you; it is never changed or deleted"),
});

export const TIER_NETWORKS = {
  web: tierNetworkShape("10.20.0.0/24"),
  app: tierNetworkShape("10.20.1.0/24"),
  db: tierNetworkShape("10.20.2.0/24"),
};

export const networkSchema = z.strictObject({
  web: z.strictObject(TIER_NETWORKS.web).prefault({}),
  app: z.strictObject(TIER_NETWORKS.app).prefault({}),
  db: z.strictObject(TIER_NETWORKS.db).prefault({}),
  mtu: whole(1280, 9216).optional().describe("MTU of the tier networks in bytes; none: the cloud's"),
});

/** Of one client at one web server; several shoppers may come from one address. */
const limitsSchema = z.strictObject({
  logins: whole(0, 10_000).default(20).describe("attempts to log in within 5 minutes; 0: no limit"),
  pages: whole(0, 100_000).default(600).describe("requests to the shop itself within a minute; 0: no limit"),
  atOnce: whole(0, 10_000).default(50).describe("requests to the shop itself at the same time; 0: no limit"),
  connections: whole(0, 10_000)
    .default(100)
    .describe("connections; 0: no limit; of no effect behind balancers of Octavia that take requests"),
});

/** Who may talk to whom beyond the tiers themselves. */
export const accessSchema = z.strictObject({
  shoppers: distinct(cidr).min(1, "must name at least one CIDR").default(["0.0.0.0/0"]).describe("who may shop"),
  admins: distinct(adminCidr).default([]).describe("who may SSH to the servers, /8 or longer; none: nobody"),
  backoffice: distinct(cidr)
    .optional()
    .describe("who may open /admin and the API, besides being among shoppers; default: as admins; none: nobody"),
  limits: limitsSchema.prefault({}),
  packages: distinct(cidr).default([]).describe("mirrors that servers may reach on 80 and 443"),
  services: distinct(cidr).default([]).describe("OpenStack endpoints (Keystone, Swift) servers may reach"),
  ntp: distinct(cidr).default([]).describe("time servers"),
  mail: distinct(cidr).default([]).describe("the mail relay, which app servers may reach on its port"),
  payments: distinct(cidr).default([]).describe("payment gateways, which app servers may reach on 443"),
});

const percent = z.number("must be a percentage").gt(0, "must be above 0").lte(100, "must be at most 100");
const rolloutSchema = z.strictObject({
  batch: whole(1, 100).default(1).describe("servers replaced at a time"),
  minInService: whole(0, 100).default(1).describe("servers that stay while others are replaced"),
  pause: whole(0, 3600).default(120).describe("seconds between two batches, for the new ones to boot"),
});

export const autoScalingSchema = z.strictObject({
  mode: z.literal("auto"),
  min: whole(1, 100).default(2).describe("never fewer servers"),
  max: whole(1, 100).default(5).describe("never more servers"),
  high: percent.default(50).describe("average CPU above which one server is added, in percent"),
  low: percent.default(20).describe("average CPU below which one server is removed, in percent"),
  window: whole(2, 86_400).default(600).describe("seconds for which it must be so; a multiple of the granularity"),
  cooldown: whole(0, 86_400).optional().describe("seconds without another change; default: twice the granularity"),
  warmup: whole(0, 3600)
    .default(60)
    .describe("seconds that a new server has to boot before Octavia sends it shoppers; of no effect with haproxy"),
  rollout: rolloutSchema.prefault({}),
  heal: z
    .boolean()
    .default(false)
    .describe("delete servers that the balancer finds dead, and fill up to `min` (needs Aodh)"),
});

export const groupScalingSchema = z.discriminatedUnion(
  "mode",
  [z.strictObject({ mode: z.literal("static") }), autoScalingSchema],
  'must have `mode: "static"` or `mode: "auto"`',
);

export const groupSchema = z.strictObject({
  ...serverSchema,
  count: whole(1, 100).default(2).describe("number of servers; of no effect in a group that scales by itself"),
  scaling: groupScalingSchema.default({ mode: "static" }),
});

/** What elastic groups go by. */
export const telemetrySchema = z.strictObject({
  driver: z
    .enum(["heat-aodh", "heat-signal"], 'must be "heat-aodh" or "heat-signal"')
    .default("heat-aodh")
    .describe("heat-aodh: alarms on CPU; heat-signal: no alarms, but URLs for alerting of your own"),
  granularity: whole(1, 86_400).default(300).describe("seconds per value, as the cloud's archive policy stores them"),
  sampling: whole(1, 86_400).default(300).describe("seconds between two samples of a server, as the cloud polls"),
});

export const databaseSchema = z.strictObject({
  ...serverSchema,
  volume: z.strictObject({
    size: whole(1, 16384).describe("GiB; may grow later, never shrink"),
    type: nameOrId.optional().describe("volume type; none: the cloud's default"),
    onDestroy: z
      .enum(["refuse", "keep", "delete"], 'must be "refuse", "keep" or "delete"')
      .default("refuse")
      .describe(
        "what `pulumi destroy` does with the data: refuse in its preview, leave the volume in the cloud, or delete it",
      ),
  }),
  stores: distinct(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a database name: a-z, 0-9, _, at most 32"))
    .min(1, "must name at least one database")
    .default(["opencart"])
    .describe("databases, one per store"),
  readers: distinct(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a user name: a-z, 0-9, _, at most 32"))
    .default([])
    .describe("users who may read every store, e.g. for reports"),
  egress: z.boolean().default(false).describe("give the data router a gateway, for packages and backups"),
});

const releaseSchema = z.strictObject({
  url: z
    .string()
    .regex(/^(https?|file):\/\/[!-~]+$/, "must be an https://, http:// or file:// URL of a ZIP archive")
    .describe("archive of OpenCart 4.1; a file:// lies on the app servers' image"),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, "must be the archive's SHA-256, 64 hexadecimal digits"),
});

/** Where uploaded pictures and files live. */
export const mediaSchema = z.discriminatedUnion(
  "driver",
  [
    z.strictObject({ driver: z.literal("local") }),
    z.strictObject({
      driver: z.literal("swift"),
      role: z
        .string()
        .regex(/^[\w.-]{1,64}$/, "must be the name of a role")
        .default("reader")
        .describe(
          "the only role of the app servers' credential; one that Swift takes for nothing but what the container allows",
        ),
      accessRules: z
        .boolean()
        .default(true)
        .describe("false where Keystone knows no access rules, or Swift refuses tokens that have them"),
    }),
  ],
  'must have `driver: "local"` or `driver: "swift"`',
);

export const shopSchema = z.strictObject({
  release: releaseSchema.optional().describe("what to install; none: app servers answer /healthz only"),
  url: z
    .string()
    .regex(/^https?:\/\/[a-z0-9.-]+(:\d+)?\/$/i, "must be a URL such as https://shop.example.com/, with the slash")
    .optional()
    .describe("where shoppers go; default: the floating IP"),
  adminEmail: z.email("must be an e-mail address").default("admin@example.com").describe("the administrator's"),
  media: mediaSchema
    .default({ driver: "local" })
    .describe("uploads: local stay on the server that took them; swift: the same on every app server"),
  mail: mailSchema.optional().describe("the relay that the shop's mail goes through; none: the shop sends no mail"),
  publicStatic: z
    .boolean()
    .default(false)
    .describe("true: everybody may read the container for static content, and /static/ leads there"),
  cache: whole(0, 60)
    .default(5)
    .describe(
      "seconds for which visitors without a cookie share catalogue pages; 0: every page is made for its visitor",
    ),
});

/** How servers become what they are. */
export const bootSchema = z.strictObject({
  mode: z
    .enum(["packages", "image"], 'must be "packages" or "image"')
    .default("packages")
    .describe("packages: installed at first boot; image: baked into images that `npm run image` describes"),
  securityUpdates: z.boolean().default(true).describe("unattended security updates, without reboots"),
  timeServers: distinct(z.string().regex(/^[a-z0-9.:-]+$/i, "must be a host name or an address"))
    .default([])
    .describe("NTP servers; none: the distribution's"),
  wait: whole(0, 7200)
    .default(0)
    .describe("seconds that `up` waits for the storefront to answer before it fails; 0: it does not wait"),
  handover: whole(0, 7200)
    .default(1800)
    .describe(
      "seconds that servers have to serve which take others' places, before `up` fails and those stay; 0: none",
    ),
});

const price = z.number("must be a price, such as 0.012").min(0, "must not be negative");

/** What the cloud asks for an hour; only `npm run estimate` and the policies read it. */
export const pricesSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "must be a currency code such as EUR"),
  vcpu: price.describe("for one vCPU"),
  ram: price.describe("for one GiB of memory"),
  volume: z
    .record(z.string(), price, "must be a price for each volume type, such as { default: 0.0001 }")
    .default({})
    .describe("for one GiB of each volume type that the stack file names; default: of volumes without a type"),
  balancer: price.describe("for one Octavia load balancer"),
  address: price.describe("for one floating IP"),
});

/** The whole stack file: one key per section, under the project's namespace. */
export const storeSchema = z.strictObject({
  cloud: cloudSchema,
  network: networkSchema.prefault({}),
  access: accessSchema.prefault({}),
  web: groupSchema,
  app: groupSchema,
  database: databaseSchema,
  balancing: balancingSchema.prefault({}),
  shop: shopSchema.prefault({}),
  boot: bootSchema.prefault({}),
  telemetry: telemetrySchema.prefault({}),
  prices: pricesSchema.optional(),
  // Never the secret itself: the program hands that past the schema.
  mailPassword: z.string().min(1, "must not be empty").optional().describe("password of shop.mail.user, a secret"),
});

export type StoreConfig = z.output<typeof storeSchema>;
export type CloudConfig = z.output<typeof cloudSchema>;
export type NetworkConfig = z.output<typeof networkSchema>;
export type Limits = z.output<typeof limitsSchema>;
export type AccessConfig = z.output<typeof accessSchema>;
export type GroupConfig = z.output<typeof groupSchema>;
export type AutoScaling = z.output<typeof autoScalingSchema>;
export type TelemetryConfig = z.output<typeof telemetrySchema>;
export type RootDisk = z.output<typeof rootDiskSchema>;
export type DatabaseConfig = z.output<typeof databaseSchema>;
export type ShopConfig = z.output<typeof shopSchema>;
export type MediaConfig = z.output<typeof mediaSchema>;
export type BootConfig = z.output<typeof bootSchema>;
export type { BalancingConfig, PoolConfig } from "./balancing-schema";
export type Prices = z.output<typeof pricesSchema>;
/** CIDRs that may open administration and API. */
export function backofficeOf({ backoffice, admins }: Pick<AccessConfig, "backoffice" | "admins">): readonly string[] {
  return backoffice ?? admins;
}

/** The three tiers, from the shopper inwards. */
export const TIERS = ["web", "app", "db"] as const;
export type Tier = (typeof TIERS)[number];
/** Whatever has servers: the tiers, and the balancers of two of them where those are HAProxy's. */
export type Part = Tier | `${Exclude<Tier, "db">}-balancer`;

/** Tiers that scale by themselves. */
export function elasticTiers({ web, app }: Pick<StoreConfig, "web" | "app">): ("web" | "app")[] {
  const groups = { web, app };
  return (["web", "app"] as const).filter((tier) => groups[tier].scaling.mode === "auto");
}
