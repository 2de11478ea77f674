/** Mistakes that no single key shows. */
import { POOL_START, reservedFor, serverCapacity } from "../core/address-plan";
import { cidrOf, indexIn, overlap } from "../core/cidr";
import { SERVICES } from "../core/services";
import { BACKUPS_RULES } from "./backups-rules";
import { BALANCING_RULES, roomFor, slotsIn } from "./balancing-rules";
import { DATABASE_RULES } from "./database-rules";
import { MAIL_RULES } from "./mail-rules";
import { PAIR_RULES } from "./pair-rules";
import type { Rule, SoundStore } from "./rule";
import { SCALING_RULES } from "./scaling-rules";
import { DEFAULT_TYPE, TIERS, type Tier } from "./schema";
import { SERVICES_RULES } from "./services-rules";

const overlaps =
  (a: Tier, b: Tier): Rule =>
  ({ network }) => {
    const [first, second] = [network?.[a]?.cidr, network?.[b]?.cidr];
    if (!first || !second || !overlap(cidrOf(first), cidrOf(second))) return [];
    return [{ key: `network.${b}.cidr`, value: second, problem: `overlaps network.${a}.cidr ${first}` }];
  };

const fixedIp =
  (tier: Tier): Rule =>
  ({ network }) => {
    const { cidr, address, subnet } = network?.[tier] ?? {};
    if (!cidr || !address) return [];
    const key = `network.${tier}.address`;
    const index = indexIn(cidrOf(cidr), address);
    if (index === undefined) return [{ key, value: address, problem: `must lie in network.${tier}.cidr ${cidr}` }];
    // In a subnet of the user's own the pool is the user's business; Neutron refuses an address that is taken.
    const taken = subnet && index >= POOL_START ? undefined : reservedFor(cidr, index);
    return taken ? [{ key, value: address, problem: `must be free, but is ${taken}` }] : [];
  };

const capacity =
  (tier: "web" | "app"): Rule =>
  (store) => {
    const cidr = store.network?.[tier]?.cidr;
    const count = store[tier]?.count;
    if (!cidr || count === undefined || count <= serverCapacity(cidr, slotsIn(store))) return [];
    return [{ key: `${tier}.count`, value: count, problem: `must be smaller: ${roomFor(tier, cidr, store)}` }];
  };

const adoptedTogether: Rule = ({ network }) => {
  const [app, db] = [network?.app?.subnet, network?.db?.subnet];
  if ((app === undefined) === (db === undefined)) return [];
  const key = `network.${app === undefined ? "app" : "db"}.subnet`;
  const problem = "must be given too: app and db subnets are adopted together, since the route between them is yours";
  return [{ key, value: undefined, problem }];
};

const oneFloatingIpSource: Rule = ({ cloud }) =>
  cloud?.floatingSubnet && cloud.floatingIp
    ? [
        {
          key: "cloud.floatingSubnet",
          value: cloud.floatingSubnet,
          problem: "must go: cloud.floatingIp says which address it is",
        },
      ]
    : [];

/** The back office comes by the shop's own door. */
const backofficeAmongShoppers: Rule = ({ access }) => {
  const { shoppers, backoffice = [] } = access ?? {};
  const problem = "must be among access.shoppers, or it cannot come in";
  return backoffice.flatMap((value, index) => {
    if (!value || !shoppers) return [];
    const isAmong = shoppers.some((shopper) => shopper === undefined || overlap(cidrOf(shopper), cidrOf(value)));
    return isAmong ? [] : [{ key: `access.backoffice.${index}`, value, problem }];
  });
};

/** Servers that install packages must be let out to where the packages are, the database by a gateway too. */
const reachablePackages: Rule = ({ access, boot, database, network }, given) => {
  if (boot?.mode !== "packages") return [];
  const instead = 'or boot.mode must be "image"';
  const isClosed = access?.packages?.length === 0;
  const hasNoGateway = database?.egress === false && !network?.db?.subnet;
  return [
    ...(isClosed
      ? [
          {
            key: "access.packages",
            value: given?.access?.packages,
            problem: `must name the mirrors that servers install from, ${instead}`,
          },
        ]
      : []),
    ...(hasNoGateway
      ? [
          {
            key: "database.egress",
            value: given?.database?.egress,
            problem: `must be true for the database to install packages, ${instead}`,
          },
        ]
      : []),
  ];
};

/** A firewall is on interfaces that are the store's own. */
const ownRouter: Rule = ({ access, network }) =>
  access?.firewall && network?.web?.subnet
    ? [
        {
          key: "access.firewall",
          value: access.firewall,
          problem: "must go: network.web.subnet is yours, and so is its router",
        },
      ]
    : [];

const windowForUpdates: Rule = ({ boot }) =>
  boot?.maintenance !== undefined && boot.securityUpdates === false
    ? [
        {
          key: "boot.maintenance",
          value: boot.maintenance,
          problem: "must go, or boot.securityUpdates must be true: nothing would be installed in it",
        },
      ]
    : [];

/** Uploads and public static content need Swift; uploads also need a way for the servers to reach it. */
const reachableStorage: Rule = ({ access, cloud, shop }, given) => {
  const hasMedia = shop?.media?.driver === "swift";
  const it = `with ${hasMedia ? "shop.media.driver swift" : "shop.publicStatic"}`;
  return [
    ...(cloud?.objectStorage === false && (hasMedia || shop?.publicStatic)
      ? [{ key: "cloud.objectStorage", value: false, problem: `must be true ${it}` }]
      : []),
    ...(hasMedia && access?.services?.length === 0
      ? [
          {
            key: "access.services",
            value: given?.access?.services,
            problem: `must name the CIDRs of Keystone's and Swift's endpoints ${it}, which app servers then may reach`,
          },
        ]
      : []),
  ];
};

/** Every volume of the stack file, and what type it is of. */
function volumeTypes({
  app,
  balancing,
  database,
  services,
  web,
}: SoundStore): (readonly [key: string, type: string])[] {
  const volumes = {
    "database.volume": database?.volume,
    "database.rootDisk": database?.rootDisk,
    "database.backups.rootDisk": database?.backups?.rootDisk,
    "web.rootDisk": web?.rootDisk,
    "app.rootDisk": app?.rootDisk,
    "balancing.servers.rootDisk": balancing?.servers?.rootDisk,
    ...Object.fromEntries(SERVICES.map((name) => [`services.${name}.rootDisk`, services?.[name]?.rootDisk])),
  };
  return Object.entries(volumes).flatMap(([key, volume]) => (volume ? [[key, volume.type ?? DEFAULT_TYPE]] : []));
}

/** A price table without the price of something in the stack file would be a lie; types without one cost what the default does. */
const pricedVolumes: Rule = (store) => {
  const listed = store.prices?.volume;
  if (!listed) return [];
  const missing = volumeTypes(store).filter(([, type]) => !(type in listed) && !(DEFAULT_TYPE in listed));
  const oneOfEach = new Map(missing.map(([key, type]) => [type, key]));
  return [...oneOfEach].map(([type, key]) => ({
    key: `prices.volume.${type}`,
    value: undefined,
    problem: `must be given: the price of a GiB of ${key} for an hour`,
  }));
};

/** Every rule that spans several keys. */
export const RULES: readonly Rule[] = [
  overlaps("web", "app"),
  overlaps("web", "db"),
  overlaps("app", "db"),
  ...TIERS.map(fixedIp),
  capacity("web"),
  capacity("app"),
  ...BALANCING_RULES,
  adoptedTogether,
  oneFloatingIpSource,
  ...DATABASE_RULES,
  ...PAIR_RULES,
  ...BACKUPS_RULES,
  backofficeAmongShoppers,
  reachablePackages,
  windowForUpdates,
  ownRouter,
  reachableStorage,
  ...MAIL_RULES,
  pricedVolumes,
  ...SCALING_RULES,
  ...SERVICES_RULES,
];
