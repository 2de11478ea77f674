/** What the store of a stack file costs. Plain values in, lines of a bill out. */

import type { Prices, RootDisk, StoreConfig } from "../../components/config/schema";
import type { Flavor } from "../../components/core/flavor";
import { HOURS_A_MONTH, PriceList } from "../../components/cost/price-list";

/** Sections of the stack file that servers stand in. */
export const TIER_KEYS = ["web", "app", "database"] as const;
export type TierKey = (typeof TIER_KEYS)[number];

/** From an elastic group's smallest size to its largest. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface Line {
  readonly tier: TierKey;
  readonly what: string;
  readonly number: Range;
  /** Price of one, for an hour. */
  readonly price: number;
}

const ONE: Range = { least: 1, most: 1 };
/** For HAProxy's servers. */
const PAIR: Range = { least: 2, most: 2 };

type Bootable = Pick<StoreConfig["database"], "flavor" | "rootDisk">;

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
  const servers = (tier: TierKey, { flavor, rootDisk }: Bootable, number: Range, kind = "server"): Line[] => [
    { tier, what: `${kind} ${flavor}`, number, price: list.server(flavor) },
    ...(rootDisk ? [volume(tier, "boot volume", rootDisk, number)] : []),
  ];
  const balancer = (tier: TierKey): Line[] =>
    config.balancing.servers
      ? servers(tier, config.balancing.servers, PAIR, "balancer on")
      : [{ tier, what: "load balancer", number: ONE, price: list.balancer }];
  return [
    ...servers("web", config.web, sizeOf(config.web)),
    ...balancer("web"),
    ...(config.cloud.floatingIp
      ? []
      : [{ tier: "web", what: "floating IP", number: ONE, price: list.address } as const]),
    ...servers("app", config.app, sizeOf(config.app)),
    ...balancer("app"),
    ...servers("database", config.database, ONE),
    volume("database", "data volume", config.database.volume, ONE),
  ];
}

function sizeOf({ count, scaling }: StoreConfig["web"]): Range {
  return scaling.mode === "auto" ? { least: scaling.min, most: scaling.max } : { least: count, most: count };
}

/** What some lines cost together, for an hour. */
export function hourly(lines: readonly Pick<Line, "number" | "price">[]): Range {
  const sum = (end: keyof Range) => lines.reduce((total, { number, price }) => total + number[end] * price, 0);
  return { least: sum("least"), most: sum("most") };
}

export function monthly({ least, most }: Range): Range {
  return { least: least * HOURS_A_MONTH, most: most * HOURS_A_MONTH };
}
