/** Mistakes that no single key shows. */
import { POOL_START, reservedFor, serverCapacity } from "../core/address-plan";
import { cidrOf, indexIn, overlap } from "../core/cidr";
import { BALANCING_RULES, roomFor, slotsIn } from "./balancing-rules";
import { DATABASE_RULES } from "./database-rules";
import { MAIL_RULES } from "./mail-rules";
import { type Rule, sound, valueAt } from "./rule";
import { SCALING_RULES } from "./scaling-rules";
import {
  accessSchema,
  bootSchema,
  cloudSchema,
  DEFAULT_TYPE,
  databaseSchema,
  groupSchema,
  TIER_NETWORKS,
  TIERS,
  type Tier,
} from "./schema";

const cidrIn = (input: unknown, tier: Tier) => sound(TIER_NETWORKS[tier].cidr, input, `network.${tier}.cidr`);
const subnetIn = (input: unknown, tier: Tier) => sound(TIER_NETWORKS[tier].subnet, input, `network.${tier}.subnet`);

const overlaps =
  (a: Tier, b: Tier): Rule =>
  (input) => {
    const [first, second] = [cidrIn(input, a), cidrIn(input, b)];
    if (!first || !second || !overlap(cidrOf(first), cidrOf(second))) return [];
    return [{ key: `network.${b}.cidr`, value: second, problem: `overlaps network.${a}.cidr ${first}` }];
  };

const fixedIp =
  (tier: Tier): Rule =>
  (input) => {
    const key = `network.${tier}.address`;
    const cidr = cidrIn(input, tier);
    const address = sound(TIER_NETWORKS[tier].address, input, key);
    if (!cidr || !address) return [];
    const at = indexIn(cidrOf(cidr), address);
    if (at === undefined) return [{ key, value: address, problem: `must lie in network.${tier}.cidr ${cidr}` }];
    // In a subnet of the user's own the pool is the user's business; Neutron refuses an address that is taken.
    const taken = subnetIn(input, tier) && at >= POOL_START ? undefined : reservedFor(cidr, at);
    return taken ? [{ key, value: address, problem: `must be free, but is ${taken}` }] : [];
  };

const capacity =
  (tier: "web" | "app"): Rule =>
  (input) => {
    const key = `${tier}.count`;
    const cidr = cidrIn(input, tier);
    const count = sound(groupSchema.shape.count, input, key);
    if (!cidr || count === undefined || count <= serverCapacity(cidr, slotsIn(input))) return [];
    const room = roomFor(tier, cidr, input);
    return [{ key, value: count, problem: `must be smaller: ${room}` }];
  };

const adoptedTogether: Rule = (input) => {
  const [app, db] = [subnetIn(input, "app"), subnetIn(input, "db")];
  if ((app === undefined) === (db === undefined)) return [];
  const key = `network.${app === undefined ? "app" : "db"}.subnet`;
  const problem = "must be given too: app and db subnets are adopted together, since the route between them is yours";
  return [{ key, value: undefined, problem }];
};

const oneFloatingIpSource: Rule = (input) => {
  const key = "cloud.floatingSubnet";
  const subnet = sound(cloudSchema.shape.floatingSubnet, input, key);
  const adopted = sound(cloudSchema.shape.floatingIp, input, "cloud.floatingIp");
  return subnet && adopted
    ? [{ key, value: subnet, problem: "must go: cloud.floatingIp says which address it is" }]
    : [];
};

/** The back office comes by the shop's own door. */
const backofficeAmongShoppers: Rule = (input) => {
  const shoppers = sound(accessSchema.shape.shoppers, input, "access.shoppers");
  const backoffice = sound(accessSchema.shape.backoffice, input, "access.backoffice") ?? [];
  if (!shoppers) return [];
  return backoffice.flatMap((value, index) =>
    shoppers.some((shopper) => overlap(cidrOf(shopper), cidrOf(value)))
      ? []
      : [{ key: `access.backoffice.${index}`, value, problem: "must be among access.shoppers, or it cannot come in" }],
  );
};

/** Servers that install packages must be let out to where the packages are, the database by a gateway too. */
const reachablePackages: Rule = (input) => {
  if (sound(bootSchema.shape.mode, input, "boot.mode") !== "packages") return [];
  const instead = 'or boot.mode must be "image"';
  const mirrors = sound(accessSchema.shape.packages, input, "access.packages");
  const egress = sound(databaseSchema.shape.egress, input, "database.egress");
  const problems = {
    "access.packages": mirrors?.length === 0 && `must name the mirrors that servers install from, ${instead}`,
    "database.egress":
      egress === false && !subnetIn(input, "db") && `must be true for the database to install packages, ${instead}`,
  };
  return Object.entries(problems).flatMap(([key, problem]) =>
    problem ? [{ key, value: valueAt(input, key.split(".")), problem }] : [],
  );
};

/** Uploads and public static content need Swift; uploads also need a way for the servers to reach it. */
const reachableStorage: Rule = (input) => {
  const hasMedia = valueAt(input, ["shop", "media", "driver"]) === "swift";
  const isPublic = valueAt(input, ["shop", "publicStatic"]) === true;
  const storage = sound(cloudSchema.shape.objectStorage, input, "cloud.objectStorage");
  const services = sound(accessSchema.shape.services, input, "access.services");
  const it = `with ${hasMedia ? "shop.media.driver swift" : "shop.publicStatic"}`;
  return [
    ...(storage === false && (hasMedia || isPublic)
      ? [{ key: "cloud.objectStorage", value: storage, problem: `must be true ${it}` }]
      : []),
    ...(hasMedia && services?.length === 0
      ? [
          {
            key: "access.services",
            value: valueAt(input, ["access", "services"]),
            problem: `must name the CIDRs of Keystone's and Swift's endpoints ${it}, which app servers then may reach`,
          },
        ]
      : []),
  ];
};

/** A price table without the price of something in the stack file would be a lie; types without one cost what the default does. */
const pricedVolumes: Rule = (input) => {
  const prices = valueAt(input, ["prices"]);
  const listed = valueAt(prices, ["volume"]) ?? {};
  if (typeof prices !== "object" || prices === null || typeof listed !== "object") return [];
  const used = ["database.volume", "database.rootDisk", "web.rootDisk", "app.rootDisk", "balancing.servers.rootDisk"]
    .map((key) => ({ key, volume: valueAt(input, key.split(".")) }))
    .filter(({ volume }) => typeof volume === "object" && volume !== null)
    .map(({ key, volume }) => ({ key, type: valueAt(volume, ["type"]) ?? DEFAULT_TYPE }));
  const missing = new Map(
    used
      .filter(({ type }) => !Object.hasOwn(listed, String(type)) && !Object.hasOwn(listed, DEFAULT_TYPE))
      .map((one) => [one.type, one]),
  );
  return [...missing.values()].map(({ key, type }) => ({
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
  backofficeAmongShoppers,
  reachablePackages,
  reachableStorage,
  ...MAIL_RULES,
  pricedVolumes,
  ...SCALING_RULES,
];
