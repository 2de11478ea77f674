/** Whether the database takes the connections of all app servers that may exist at once, computed from flavors. */

import { type Counted, countedGroups, isService, type ServiceGroup, type StoreConfig } from "../config/schema";
import { READER_CONNECTIONS } from "../core/database-accounts";
import type { Flavor } from "../core/flavor";
import { maxConnections, phpWorkers, SMALLEST_APP_RAM } from "../core/sizing";
import { rangeOf } from "../features/counted-group";

/** Beside an app server's PHP workers: health checks' own, scheduled jobs, mail, an installation or an upgrade. */
export const HELPERS = 8;
/** Administrators, a backup, monitoring. */
export const RESERVE = 10;
/** New app servers come before the old ones leave. */
const GENERATIONS = 2;

type Size = Pick<Flavor, "ram" | "vcpus">;

export interface Load {
  /** Flavor of the app servers. */
  readonly app: Size;
  /** App servers at most, while nothing is replaced. */
  readonly servers: number;
  /** Database users who only read. */
  readonly readers: number;
  /** The most app servers of each service that has some of its own. */
  readonly services?: readonly Pick<Load, "app" | "servers">[];
}

const others = (readers: number) => readers * READER_CONNECTIONS + RESERVE;
const ofServers = ({ app, servers }: Pick<Load, "app" | "servers">) =>
  servers * GENERATIONS * (phpWorkers(app) + HELPERS);

/** Connections to the database at the worst time: while every app server is being replaced. */
export function connectionsNeeded({ readers, services = [], ...app }: Load): number {
  return [app, ...services].reduce((sum, group) => sum + ofServers(group), others(readers));
}

/** The most app servers for which the connections do; 0: not even one. */
export function serversFor(connections: number, app: Size, readers: number): number {
  return Math.max(0, Math.floor((connections - others(readers)) / (GENERATIONS * (phpWorkers(app) + HELPERS))));
}

/** The most PHP workers an app server may have for which the connections do. */
export function workersFor(connections: number, servers: number, readers: number): number {
  return Math.max(0, Math.floor((connections - others(readers)) / (GENERATIONS * servers)) - HELPERS);
}

/** The least memory of a database server that takes so many connections, in MiB; none takes more than 2,000. */
export function ramFor(connections: number): number | undefined {
  const [step, largest] = [256, 1024 * 1024];
  for (let ram = step; ram <= largest; ram += step) if (maxConnections({ ram }) >= connections) return ram;
  return undefined;
}

export interface Shortage {
  /** Key below the project's namespace. */
  readonly key: string;
  readonly problem: string;
  /** The value that puts it right, where there is one. */
  readonly set?: Readonly<Record<string, unknown>>;
}

export type ShopFlavors = Readonly<{ app: Flavor; db: Flavor } & Partial<Record<ServiceGroup["key"], Flavor>>>;

/** What is too small for the store at its largest. @param there flavors to choose from; none: sizes are proposed */
export function shortages(
  config: Counted & Pick<StoreConfig, "database">,
  flavors: ShopFlavors,
  there: readonly Flavor[],
): Shortage[] {
  const { app, database } = config;
  const usable = ({ disk }: Flavor, own: { readonly rootDisk?: unknown }) => disk > 0 || own.rootDisk !== undefined;
  const bySize = [...there].sort((one, other) => one.ram - other.ram || one.vcpus - other.vcpus);
  if (flavors.app.ram < SMALLEST_APP_RAM) {
    const better = bySize.find((one) => one.ram >= SMALLEST_APP_RAM && usable(one, app));
    const problem = `"${flavors.app.name}" has ${flavors.app.ram} MiB of memory; an app server needs ${SMALLEST_APP_RAM}${better ? `, as "${better.name}" has` : ""}`;
    return [{ key: "app.flavor", problem, ...(better ? { set: { "app.flavor": better.name } } : {}) }];
  }
  const services = countedGroups(config)
    .filter(isService)
    .flatMap(({ key, section }) => {
      const flavor = flavors[key];
      return flavor ? [{ key, app: flavor, servers: rangeOf(section).most }] : [];
    });
  const tooSmall = services.find((one) => one.app.ram < SMALLEST_APP_RAM);
  if (tooSmall) {
    const { key, app: flavor } = tooSmall;
    const problem = `"${flavor.name}" has ${flavor.ram} MiB of memory; an app server needs ${SMALLEST_APP_RAM}`;
    return [{ key: `${key}.flavor`, problem }];
  }
  const { most: servers } = rangeOf(app);
  const readers = database.readers.length;
  const load = { app: flavors.app, servers, readers, services };
  const [needed, taken] = [connectionsNeeded(load), maxConnections(flavors.db)];
  if (needed <= taken) return [];

  const larger = bySize.find((one) => maxConnections(one) >= needed && usable(one, database));
  const ram = ramFor(needed);
  const ofServices = services.reduce((all, one) => all + ofServers(one), 0);
  const fitting = serversFor(taken - ofServices, flavors.app, readers);
  const workers = workersFor(taken - ofServices, servers, readers);
  const smaller = [...bySize].reverse().find((one) => {
    return one.ram >= SMALLEST_APP_RAM && phpWorkers(one) <= workers && usable(one, app);
  });
  const size = app.scaling.mode === "auto" ? "app.scaling.max" : "app.count";
  const ways = [
    ...(larger ? [`database.flavor ${larger.name} (${maxConnections(larger)})`] : []),
    ...(!larger && ram ? [`a database.flavor with ${ram} MiB of memory`] : []),
    ...(fitting > 0 ? [`${size} ${fitting}`] : []),
    ...(smaller ? [`app.flavor ${smaller.name} (${phpWorkers(smaller)} workers)`] : []),
    ...(!smaller && workers >= 2 ? [`an app.flavor with at most ${workers} workers`] : []),
  ];
  const sum = `${servers} app servers × (${phpWorkers(flavors.app)} PHP workers of "${flavors.app.name}" + ${HELPERS}) × ${GENERATIONS} while they are replaced${ofServices > 0 ? ` + ${ofServices} of the services' servers` : ""} + ${others(readers)} others`;
  const problem = `"${flavors.db.name}" takes ${taken} connections, but there may be ${needed}: ${sum}; choose ${ways.join(", or ") || "fewer app servers"}`;
  const set = larger
    ? { "database.flavor": larger.name }
    : fitting > 0 && (app.scaling.mode !== "auto" || app.scaling.min <= fitting)
      ? { [size]: fitting }
      : undefined;
  return [{ key: "database.flavor", problem, ...(set ? { set } : {}) }];
}
