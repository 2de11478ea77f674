/**
 * Which groups of servers a store has, as plain data, from its configuration alone: discovery, estimate, doctor and quotas
 * go by this list, so that a group is written once.
 */
import type { Part, RootDisk, StoreConfig, Tier } from "./schema";

/** From the smallest number of servers to the largest. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Sections of the stack file that say what servers are. */
export type ServerKey = "web" | "app" | "database" | "balancing.servers";

export interface ServerGroup {
  /** As in the names of its servers. */
  readonly name: Part;
  /** Whose network it is in. */
  readonly tier: Tier;
  /** Several groups may have one. */
  readonly key: ServerKey;
  /** Name or id. */
  readonly image: string;
  readonly flavor: string;
  /** Boot volume, where the flavor has no disk. */
  readonly rootDisk: RootDisk | undefined;
  readonly size: Range;
  /** Its servers are kept on different hypervisors, as far as there are several. */
  readonly apart: boolean;
}

const ONE: Range = { least: 1, most: 1 };
/** HAProxy's two servers. */
const PAIR: Range = { least: 2, most: 2 };

/** @returns each tier's own group, behind it the group that balances it; from the shopper inwards */
export function serverGroups({
  web,
  app,
  database,
  balancing: { servers },
}: Pick<StoreConfig, "web" | "app" | "database" | "balancing">): ServerGroup[] {
  const tier = (name: "web" | "app", own: StoreConfig["web"]): ServerGroup[] => [
    { name, tier: name, key: name, ...machine(own), size: sizeOf(own), apart: true },
    ...(servers
      ? [
          {
            name: `${name}-balancer` as const,
            tier: name,
            key: "balancing.servers" as const,
            ...machine(servers),
            size: PAIR,
            apart: true,
          },
        ]
      : []),
  ];
  return [
    ...tier("web", web),
    ...tier("app", app),
    { name: "db", tier: "db", key: "database", ...machine(database), size: ONE, apart: false },
  ];
}

/** The first group of each section, for what is asked once for all of them. */
export function byKey(groups: readonly ServerGroup[]): ServerGroup[] {
  return groups.filter(({ key }, index) => groups.findIndex((other) => other.key === key) === index);
}

type Machine = Pick<ServerGroup, "image" | "flavor" | "rootDisk">;

function machine({
  image,
  flavor,
  rootDisk,
}: {
  image: string;
  flavor: string;
  rootDisk?: RootDisk | undefined;
}): Machine {
  return { image, flavor, rootDisk };
}

function sizeOf({ count, scaling }: StoreConfig["web"]): Range {
  return scaling.mode === "auto" ? { least: scaling.min, most: scaling.max } : { least: count, most: count };
}
