/** What the store has in the cloud, before this run changes anything. */
import { z } from "zod";
import { isTier, type StoreConfig, type Tier } from "../config/schema";
import type { CloudApi } from "./api";
import { type ExistingServer, existingServers } from "./existing-servers";
import { dataVolume, hasObjects } from "./restore-needs";

/** The volume that the database server uses. */
export interface ExistingVolume {
  readonly id: string;
  /** Name of its type. */
  readonly type: string | undefined;
  readonly zone: string | undefined;
  /** The database that the shop uses; none: its description is not ours any more. */
  readonly shop: string | undefined;
}

/** One of Octavia's. */
export interface ExistingBalancer {
  readonly address: string;
  readonly provider: string;
}

export interface ExistingStore {
  readonly servers: readonly ExistingServer[];
  readonly volume: ExistingVolume | undefined;
  /** GiB of each volume that databases of the store are on or were on before a restore, by its name. */
  readonly volumeSizes: Readonly<Record<string, number>>;
  readonly balancers: Readonly<Partial<Record<Tier, ExistingBalancer>>>;
  /** Of the store's own subnets. */
  readonly cidrs: Readonly<Partial<Record<Tier, string>>>;
  /** Names of the store's containers that have objects, but no place in the stack file any more. */
  readonly unwanted: readonly string[];
}

/** In an empty cloud. */
export const NOTHING_EXISTS: ExistingStore = {
  servers: [],
  volume: undefined,
  volumeSizes: {},
  balancers: {},
  cidrs: {},
  unwanted: [],
};

/** The volume's description. @param databases first the one that the shop uses */
export const describedAs = (prefix: string, databases: readonly string[]) =>
  `databases of ${prefix}: ${databases.join(", ")}`;

const text = z.string();
const volumesSchema = z.object({
  volumes: z.array(
    z.object({
      id: text,
      name: text.nullish(),
      size: z.number(),
      description: text.nullish(),
      volume_type: text.nullish(),
      availability_zone: text.nullish(),
      attachments: z.array(z.unknown()),
    }),
  ),
});
const balancersSchema = z.object({
  loadbalancers: z.array(z.object({ name: text, vip_address: text, provider: text, tags: z.array(text).default([]) })),
});
const subnetsSchema = z.object({ subnets: z.array(z.object({ name: text, cidr: text })) });

/**
 * @param has whether the cloud's catalogue has an endpoint of a type
 * @param prefix what the names of the store's parts begin with, `<project>-<stack>`
 */
export async function existingStore(
  api: Pick<CloudApi, "call" | "text">,
  has: (service: string) => boolean,
  prefix: string,
  config: StoreConfig,
): Promise<ExistingStore> {
  const serving = dataVolume(prefix, config.database.restore);
  const [servers, volumes, cidrs, balancers] = await Promise.all([
    has("compute") ? existingServers(api, prefix) : [],
    has("block-storage") ? existingVolumes(api, [...new Set([dataVolume(prefix, undefined), serving])]) : [],
    has("network") ? existingCidrs(api, prefix) : {},
    has("load-balancer") ? existingBalancers(api, prefix) : {},
  ]);
  const volume = existingVolume(volumes, prefix, serving);
  // Without a database server, a person may have left the containers on purpose when the store was taken away.
  const unwanted = volume && has("object-store") ? await unwantedContainers(api, prefix, config) : [];
  return { servers, volume, volumeSizes: sizesOf(volumes), balancers, cidrs, unwanted };
}

type Volume = z.output<typeof volumesSchema>["volumes"][number];

async function existingVolumes(api: Pick<CloudApi, "call">, names: readonly string[]): Promise<Volume[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = `/volumes/detail?name=${encodeURIComponent(name)}`;
      const { volumes } = volumesSchema.parse(await api.call("block-storage", path));
      return volumes.filter((volume) => volume.name === name);
    }),
  );
  return found.flat();
}

/** Of several of one name, that of the one in use: an earlier store may have left another. */
function sizesOf(volumes: readonly Volume[]): Record<string, number> {
  const inUseLast = [...volumes].sort((one, other) => one.attachments.length - other.attachments.length);
  return Object.fromEntries(inUseLast.map(({ name, size }) => [name ?? "", size]));
}

/** @param name of the one that the database is on now */
function existingVolume(volumes: readonly Volume[], prefix: string, name: string): ExistingVolume | undefined {
  // One that no server has may be what an earlier store of this name has left.
  const found = volumes.find((volume) => volume.name === name && volume.attachments.length > 0);
  if (!found) return undefined;
  const [, databases = ""] = (found.description ?? "").split(describedAs(prefix, []));
  return {
    id: found.id,
    type: found.volume_type ?? undefined,
    zone: found.availability_zone ?? undefined,
    shop: databases.split(", ")[0] || undefined,
  };
}

async function existingCidrs(api: Pick<CloudApi, "call">, prefix: string): Promise<ExistingStore["cidrs"]> {
  const { subnets } = subnetsSchema.parse(
    await api.call("network", `/v2.0/subnets?tags=${encodeURIComponent(prefix)}`),
  );
  return byTier(prefix, subnets, ({ cidr }) => cidr);
}

async function existingBalancers(api: Pick<CloudApi, "call">, prefix: string): Promise<ExistingStore["balancers"]> {
  const { loadbalancers } = balancersSchema.parse(
    await api.call("load-balancer", `/v2/lbaas/loadbalancers?tags=${encodeURIComponent(prefix)}`),
  );
  // An older Octavia may ignore what it does not know in a query.
  const own = loadbalancers.filter(({ tags }) => tags.includes(prefix));
  return byTier(prefix, own, ({ vip_address: address, provider }) => ({ address, provider }));
}

/** Of parts that are named `<prefix>-<tier>`. */
function byTier<P extends { readonly name: string }, T>(
  prefix: string,
  parts: readonly P[],
  of: (part: P) => T,
): Partial<Record<Tier, T>> {
  const all = parts.map((part) => [part.name.slice(prefix.length + 1), of(part)] as const);
  return Object.fromEntries(all.filter(([tier]) => isTier(tier)));
}

async function unwantedContainers(
  api: Pick<CloudApi, "text">,
  prefix: string,
  { cloud: { objectStorage }, shop }: StoreConfig,
): Promise<string[]> {
  const purposes = [
    ...(objectStorage ? [] : ["static", "backups"]),
    ...(objectStorage && shop.media.driver === "swift" ? [] : ["media"]),
  ];
  const names = purposes.map((purpose) => `${prefix}-${purpose}`);
  const full = await Promise.all(names.map((name) => hasObjects(api, name)));
  return names.filter((_, index) => full[index]);
}
