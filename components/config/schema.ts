/**
 * The shape of a stack file: one schema, its defaults and its types. Nothing here needs an engine.
 * Rules over several keys (overlaps, clashes, capacity) are in `rules.ts`.
 */
import { z } from "zod";
import { LONGEST_PREFIX } from "../core/address-plan";
import { cidrOf, isIpv4, overlap, parseCidr } from "../core/cidr";
import { parseWindow } from "../core/maintenance";
import { backupsSchema, restoreSchema } from "./backups-schema";
import { balancingSchema } from "./balancing-schema";
import { mailSchema } from "./mail-schema";
import { nameOrId, type rootDiskSchema, serverSchema, swiftRoleSchema, whole } from "./values";

const ipv4 = z.string().refine(isIpv4, "must be an IPv4 address such as 10.20.0.10").meta({ title: "IPv4 address" });
const cidr = z
  .string()
  .refine(
    (text) => parseCidr(text) !== undefined,
    "must be an IPv4 CIDR such as 10.20.0.0/24, with no bits set behind the prefix",
  )
  .meta({ title: "IPv4 CIDR" });
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
  floatingIp: ipv4
    .optional()
    .describe("a floating IP that you own already, such as one that DNS points to; it is used and never released"),
  router: nameOrId
    .optional()
    .describe("a router that you have already; it gets the tiers' interfaces and is never deleted"),
  dnsServers: distinct(ipv4).default([]).describe("resolvers that DHCP hands out; none: the cloud's own"),
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

/** Limits of one client at one web server; several shoppers may come from one address. */
const limitsSchema = z.strictObject({
  logins: whole(0, 10_000)
    .default(20)
    .describe("attempts to log in within 5 minutes, in the back office too; 0: no limit"),
  pages: whole(0, 100_000)
    .default(600)
    .describe("requests to the shop within a minute, without files and shared pages; 0: no limit"),
  atOnce: whole(0, 10_000).default(50).describe("requests to the shop at the same time; 0: no limit"),
  connections: whole(0, 10_000)
    .default(100)
    .describe("open connections; 0: no limit; without effect behind L7 balancers of Octavia"),
});

/** Connections between the store and the world outside. */
export const accessSchema = z.strictObject({
  shoppers: distinct(cidr)
    .min(1, "must name at least one CIDR")
    .default(["0.0.0.0/0"])
    .describe("clients that may reach the store"),
  admins: distinct(adminCidr)
    .default([])
    .describe("clients that may open SSH to the servers, each /8 or longer; none: nobody"),
  backoffice: distinct(cidr)
    .optional()
    .describe(
      "clients that may open `/admin` and OpenCart's API, if `shoppers` has them too; others get 403; default: as `access.admins`; empty: nobody; the world only if you write it",
    ),
  limits: limitsSchema
    .prefault({})
    .describe(
      "limits of one client at one web server; beyond them the answer is 429 with `Retry-After`; in the back office only `logins` counts",
    ),
  packages: distinct(cidr).default([]).describe("package mirrors that servers may reach on ports 80 and 443"),
  services: distinct(cidr)
    .default([])
    .describe(
      "OpenStack endpoints that servers may reach on port 443; with `shop.media` in Swift on the endpoints' own ports",
    ),
  ntp: distinct(cidr).default([]).describe("time servers that servers may reach on port 123"),
  mail: distinct(cidr).default([]).describe("the mail relay, which app servers alone may reach on its port"),
  payments: distinct(cidr).default([]).describe("payment gateways, which app servers alone may reach on port 443"),
});

const percent = z
  .number("must be a percentage")
  .gt(0, "must be above 0")
  .lte(100, "must be at most 100")
  .meta({ title: "percent" });
const rolloutSchema = z.strictObject({
  batch: whole(1, 100).default(1).describe("servers replaced at a time"),
  minInService: whole(0, 100).default(1).describe("servers that serve on while others are replaced"),
  pause: whole(0, 3600).default(120).describe("seconds between two batches, for the new ones to boot"),
});

export const autoScalingSchema = z.strictObject({
  mode: z.literal("auto").describe("Heat and Aodh set the number of servers by load; see docs/auto-scaling.md"),
  min: whole(1, 100).default(2).describe("smallest number of servers"),
  max: whole(1, 100).default(5).describe("largest number of servers"),
  high: percent.default(50).describe("average CPU above which one server is added, in percent"),
  low: percent.default(20).describe("average CPU below which one server is removed, in percent"),
  window: whole(2, 86_400)
    .default(600)
    .describe("seconds for which load must be above `high` or below `low`; a multiple of `telemetry.granularity`"),
  cooldown: whole(0, 86_400)
    .optional()
    .describe("seconds without another change; default: twice `telemetry.granularity`"),
  warmup: whole(0, 3600)
    .default(60)
    .describe(
      "seconds that a new server has to boot before Octavia sends it shoppers; without effect with `balancing.driver: haproxy`",
    ),
  rollout: rolloutSchema.prefault({}).describe("how Heat replaces the servers of a group that changes"),
  heal: z
    .boolean()
    .default(false)
    .describe("whether servers that the balancer finds dead are deleted and, below `min`, made anew; needs Aodh"),
});

export const groupScalingSchema = z.discriminatedUnion(
  "mode",
  [z.strictObject({ mode: z.literal("static").describe("`count` servers") }), autoScalingSchema],
  'must have `mode: "static"` or `mode: "auto"`',
);

export const groupSchema = z.strictObject({
  ...serverSchema,
  count: whole(1, 100).default(2).describe("number of servers; without effect with `scaling.mode: auto`"),
  scaling: groupScalingSchema.default({ mode: "static" }).describe("how the number of servers is set"),
});

/** What elastic groups go by. */
export const telemetrySchema = z.strictObject({
  driver: z
    .enum(["heat-aodh", "heat-signal"], 'must be "heat-aodh" or "heat-signal"')
    .default("heat-aodh")
    .describe("`heat-aodh`: alarms on CPU; `heat-signal`: no alarms, but URLs for alerting of your own"),
  granularity: whole(1, 86_400).default(300).describe("seconds per value, as the cloud's archive policy stores them"),
  sampling: whole(1, 86_400).default(300).describe("seconds between two samples of a server, as the cloud polls"),
});

export const databaseSchema = z.strictObject({
  ...serverSchema,
  volume: z
    .strictObject({
      size: whole(1, 16384).describe("size of the volume, in GiB; it may grow later, and never shrinks"),
      type: nameOrId.optional().describe("volume type; none: the cloud's default"),
      formerly: z
        .string()
        .regex(/^[a-zA-Z0-9-]+$/, "must be <project>-<stack>")
        .optional()
        .describe(
          "`<project>-<stack>` before the stack or the project was renamed: the volume has it written on it, and a database server starts on no other store's volume",
        ),
      onDestroy: z
        .enum(["refuse", "keep", "delete"], 'must be "refuse", "keep" or "delete"')
        .default("refuse")
        .describe(
          "what `pulumi destroy` does with the data: `refuse` to start, `keep` the volume in the cloud, or `delete` it",
        ),
    })
    .describe("the volume that holds the database's data"),
  stores: distinct(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a database name: a-z, 0-9, _, at most 32"))
    .min(1, "must name at least one database")
    .default(["opencart"])
    .describe(
      "databases, one for each store; a store that is taken out keeps its data, and its user goes with the next server",
    ),
  readers: distinct(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a user name: a-z, 0-9, _, at most 32"))
    .default([])
    .describe("users who may read every store, for example for reports, with 5 connections each"),
  egress: z.boolean().default(false).describe("whether the data router has a gateway, for packages"),
  backups: backupsSchema
    .optional()
    .describe(
      "the keeper, a server that keeps encrypted backups of all databases in Swift; none: there are no backups; see docs/backups.md",
    ),
  restore: restoreSchema
    .optional()
    .describe("what the databases are restored from; the volume that they were on is kept; see docs/backups.md"),
});

const releaseSchema = z.strictObject({
  url: z
    .string()
    .regex(/^(https?|file):\/\/[!-~]+$/, "must be an https://, http:// or file:// URL of a ZIP archive")
    .describe("archive of OpenCart 4.1; `file://` names a file on the app servers' image"),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, "must be the archive's SHA-256, 64 hexadecimal digits")
    .describe("SHA-256 of the archive, 64 hexadecimal digits"),
});

/** Where uploaded pictures and files live. */
export const mediaSchema = z.discriminatedUnion(
  "driver",
  [
    z.strictObject({
      driver: z.literal("local").describe("uploads stay on the server that took them, and end with it"),
    }),
    z.strictObject({
      driver: z.literal("swift").describe("every app server has the same uploads; see docs/uploads.md"),
      ...swiftRoleSchema("the app servers' credential"),
    }),
  ],
  'must have `driver: "local"` or `driver: "swift"`',
);

export const shopSchema = z.strictObject({
  release: releaseSchema.optional().describe("the release to install; none: app servers answer `/healthz` only"),
  url: z
    .string()
    .regex(/^https?:\/\/[a-z0-9.-]+(:\d+)?\/$/i, "must be a URL such as https://shop.example.com/, with the slash")
    .optional()
    .describe("address of the shop, with the slash; default: the floating IP"),
  database: z
    .string()
    .optional()
    .describe(
      "which one of `database.stores` the shop uses; default: the first; on a store with data, another one is another shop",
    ),
  adminEmail: z
    .email("must be an e-mail address")
    .default("admin@example.com")
    .describe("e-mail address of the administrator `admin`"),
  media: mediaSchema.default({ driver: "local" }).describe("where pictures and files that are uploaded live"),
  mail: mailSchema
    .optional()
    .describe("the relay for the shop's mail; none: the shop sends no mail; see docs/mail-and-jobs.md"),
  publicStatic: z
    .boolean()
    .default(false)
    .describe(
      "whether everybody may read the container `static`, without listing it; `/static/` of the shop then leads there",
    ),
  cache: whole(0, 60)
    .default(5)
    .describe("seconds for which visitors without a cookie share catalogue pages; 0: never; see docs/shared-pages.md"),
});

/** Minutes of `boot.maintenance`, so that a few servers have turns of their own. */
const SHORTEST_WINDOW = 30;

/** How servers become what they are. */
export const bootSchema = z.strictObject({
  mode: z
    .enum(["packages", "image"], 'must be "packages" or "image"')
    .default("packages")
    .describe(
      "`packages`: servers install them at first boot, which needs `access.packages` and `database.egress`; `image`: they boot golden images that `npm run image` describes",
    ),
  securityUpdates: z
    .boolean()
    .default(true)
    .describe("whether servers install security updates unattended, without reboots"),
  maintenance: z
    .string()
    .refine(
      (text) => (parseWindow(text)?.minutes ?? 0) >= SHORTEST_WINDOW,
      `must be a time of the day of at least ${SHORTEST_WINDOW} minutes such as 02:00-04:00`,
    )
    .optional()
    .describe(
      "when servers install security updates and restart what those change, in UTC, such as `02:00-04:00`; each has a turn of its own, 10 minutes apart as long as the window has room; none: the distribution's own time",
    ),
  timeServers: distinct(z.string().regex(/^[a-z0-9.:-]+$/i, "must be a host name or an address"))
    .default([])
    .describe("NTP servers; none: the distribution's"),
  wait: whole(0, 7200)
    .default(0)
    .describe(
      "seconds that `up` waits for the storefront to answer 200 before it fails and shows what each server says of its boot; 0: it does not wait",
    ),
  handover: whole(0, 7200)
    .default(1800)
    .describe(
      "seconds that new web, app and HAProxy servers have to start to serve; until then the old ones serve on, and afterwards `up` fails; 0: it does not wait",
    ),
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
/** Key of the price of volumes without a type. */
export const DEFAULT_TYPE = "default";

export type Prices = z.output<typeof pricesSchema>;
/** CIDRs that may open administration and API. */
export function backofficeOf({ backoffice, admins }: Pick<AccessConfig, "backoffice" | "admins">): readonly string[] {
  return backoffice ?? admins;
}

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

/** Tiers that scale by themselves. */
export function elasticTiers({ web, app }: Pick<StoreConfig, "web" | "app">): ("web" | "app")[] {
  const groups = { web, app };
  return (["web", "app"] as const).filter((tier) => groups[tier].scaling.mode === "auto");
}
