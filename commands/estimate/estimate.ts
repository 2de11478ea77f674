/** What the store of a stack file costs. Plain values in, lines of a bill out. */

import type { Prices, RootDisk, StoreConfig, Tier } from "../../components/config/schema";
import { servicesOf } from "../../components/config/services-schema";
import type { Flavor } from "../../components/core/flavor";
import { HOURS_A_MONTH, PriceList } from "../../components/cost/price-list";
import type { Range, ServerGroup } from "../../components/features/feature";
import { serverGroups } from "../../components/features/index";

/** Sections of the stack file that servers stand in. */
export const TIER_KEYS = ["web", "app", "database"] as const;
export type TierKey = (typeof TIER_KEYS)[number];

export interface Line {
  readonly tier: TierKey;
  readonly what: string;
  readonly number: Range;
  /** Price of one, for an hour. */
  readonly price: number;
}

const SECTIONS: Readonly<Record<Tier, TierKey>> = { web: "web", app: "app", db: "database" };
const ONE: Range = { least: 1, most: 1 };

/**
 * Servers, their boot volumes, balancers (Octavia's, or the servers that HAProxy runs on), the floating IP unless it is
 * the user's already, and the data volume. What clouds rarely ask money for is left out: networks, routers, containers
 * while they are empty.
 * @param flavors of the cloud, all that the stack file names among them
 */
export function estimate(config: StoreConfig, prices: Prices, flavors: readonly Flavor[]): Line[] {
  const list = new PriceList(prices, flavors);
  const volume = (tier: TierKey, kind: string, { size, type }: RootDisk, number: Range): Line => {
    const what = `${kind} of ${size} GiB${type ? `, ${type}` : ""}`;
    return { tier, what, number, price: list.volume(size, type) };
  };
  const services = servicesOf(config).map(([name]) => name);
  const servers = ({ name, tier: place, key, flavor, rootDisk, size }: ServerGroup): Line[] => {
    const tier = SECTIONS[place];
    const what = key === "balancing.servers" ? "balancer on" : "server";
    const whose = services.some((service) => key === `services.${service}`) ? ` for ${name}` : "";
    return [
      { tier, what: `${what} ${flavor}${whose}`, number: size, price: list.server(flavor) },
      ...(rootDisk ? [volume(tier, `boot volume${whose}`, rootDisk, size)] : []),
    ];
  };
  const { volume: data } = config.database;
  const { grow } = data;
  const growth = { ...data, size: (grow?.to ?? data.size) - data.size };
  const groups = serverGroups(config);
  const of = (tier: Tier): Line[] => groups.filter((group) => group.tier === tier).flatMap(servers);
  const octavia = (tier: TierKey, whose = ""): Line[] =>
    config.balancing.driver === "octavia"
      ? [{ tier, what: `load balancer${whose}`, number: ONE, price: list.balancer }]
      : [];
  return [
    ...of("web"),
    ...octavia("web"),
    ...(config.cloud.floatingIp
      ? []
      : [{ tier: "web", what: "floating IP", number: ONE, price: list.address } as const]),
    ...of("app"),
    ...octavia("app"),
    ...services.flatMap((name) => octavia("app", ` for ${name}`)),
    ...of("db"),
    volume("database", "data volume", data, groups.find(({ name }) => name === "db")?.size ?? ONE),
    ...(grow ? [volume("database", "growth of the data volume", growth, { least: 0, most: 1 })] : []),
  ];
}

/** What some lines cost together, for an hour. */
export function hourly(lines: readonly Pick<Line, "number" | "price">[]): Range {
  const sum = (end: keyof Range) => lines.reduce((total, { number, price }) => total + number[end] * price, 0);
  return { least: sum("least"), most: sum("most") };
}

export function monthly({ least, most }: Range): Range {
  return { least: least * HOURS_A_MONTH, most: most * HOURS_A_MONTH };
}
