/** Changes of the stack file that would take away what the store has, or put something empty in its place. */
import { type StoreConfig, shopDatabase, TIERS } from "../config/schema";
import { isUuid } from "../core/uuid";
import type { ExistingStore } from "./existing-store";
import { Findings } from "./findings";

/** One change: the key that asks for it, and why it is refused. */
export interface Loss {
  readonly key: string;
  readonly problem: string;
}

/** @throws Error with every one of them */
export function refuseLosses(namespace: string, config: StoreConfig, existing: ExistingStore): void {
  const findings = new Findings(namespace, "the stack file would take away what the store has");
  for (const { key, problem } of losses(config, existing)) findings.add(key, problem);
  findings.throwIfAny();
}

/** @returns none where nothing is lost */
export function losses(config: StoreConfig, existing: ExistingStore): Loss[] {
  return [
    ...ofVolume(config, existing),
    ...ofPair(config, existing),
    ...ofDatabases(config, existing),
    ...ofNetworks(config, existing),
    ...ofContainers(existing),
  ];
}

function ofVolume({ cloud, database }: StoreConfig, { volume }: ExistingStore): Loss[] {
  if (!volume) return [];
  const found: Loss[] = [];
  const { type } = database.volume;
  const [zone] = cloud.volumeZones;
  // Cinder names the type, whichever way it was asked for.
  if (type && volume.type && !isUuid(type) && type !== volume.type)
    found.push({
      key: "database.volume.type",
      problem:
        `the database's volume is of type "${volume.type}", and a volume of another type would be an empty one. Let Cinder ` +
        `change it, with its data: openstack volume set --type ${type} --retype-policy on-demand ${volume.id}`,
    });
  if (zone && volume.zone && zone !== volume.zone)
    found.push({
      key: "cloud.volumeZones.0",
      problem:
        `the database's volume is in zone "${volume.zone}", and a volume in another zone would be an empty one. To move the ` +
        "data, restore it from the backups: give `database.restore.at` together with the new zone",
    });
  return found;
}

/** Of a pair that the store has. */
const SECOND = /-db-2$/;

function ofPair({ database }: StoreConfig, { servers }: ExistingStore): Loss[] {
  if (database.mode === "pair" || !servers.some(({ name }) => SECOND.test(name))) return [];
  const problem =
    "the store has a pair of database servers, and the address of a single one is what they share: the shop would be without a " +
    "database until somebody puts it right. Keep the pair, or restore the backups into a second stack";
  return [{ key: "database.mode", problem }];
}

function ofDatabases(config: StoreConfig, { volume }: ExistingStore): Loss[] {
  // Whoever names it means it.
  if (!volume?.shop || config.shop.database || shopDatabase(config) === volume.shop) return [];
  const problem =
    `the shop's data is in the database "${volume.shop}", and the shop uses the first one of the list. Put "${volume.shop}" ` +
    "first; or, if the shop is to use another database, name that one as `shop.database`";
  return [{ key: "database.stores.0", problem }];
}

function ofNetworks({ network }: StoreConfig, { cidrs }: ExistingStore): Loss[] {
  return TIERS.flatMap((tier) => {
    const cidr = cidrs[tier];
    if (!cidr || network[tier].subnet || network[tier].cidr === cidr) return [];
    const problem =
      `the subnet has ${cidr}, which Neutron cannot change: all servers, balancers and the database would go before others ` +
      "come. Keep it, or restore the backups into a second stack with the other range";
    return [{ key: `network.${tier}.cidr`, problem }];
  });
}

function ofContainers({ unwanted }: ExistingStore): Loss[] {
  return unwanted.map((container) => ({
    key: container.endsWith("-media") ? "shop.media.driver" : "cloud.objectStorage",
    problem:
      `the container ${container} has objects, which would be deleted or left without an owner. Keep Swift; or copy what you ` +
      `need, and delete them yourself: openstack container delete --recursive ${container}`,
  }));
}
