/** Where each group's servers boot, and what they wait for. */
import type { Cloud } from "../cloud/discover";
import type { ServerArgs, ServerPlace } from "../compute/server";
import type { StoreConfig } from "../config/schema";
import type { Naming } from "../core/naming";
import type { ServerGroup } from "../features/feature";
import type { Routing } from "../network/routing";
import type { SecurityGroups } from "../network/security-groups";
import type { TierNetwork } from "../network/tier-network";
import type { Networks } from "./networks";

export interface PlacesArgs {
  readonly naming: Naming;
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "machines">;
  readonly networks: Networks;
  readonly routing: Pick<Routing, "ready">;
  readonly security: SecurityGroups;
}

export interface Place extends Pick<ServerArgs, ServerPlace> {
  readonly network: TierNetwork;
}

/** @returns the place of a group of this name; it throws where there is no such group */
export function placesOf(groups: readonly ServerGroup[], args: PlacesArgs): (group: string) => Place {
  const places = new Map(groups.map((group) => [group.name, placeOf(args, group)]));
  return (name) => {
    const place = places.get(name);
    if (!place) throw new Error(`this store has no servers ${name}`);
    return place;
  };
}

function placeOf(args: PlacesArgs, { name, tier, key }: ServerGroup): Place {
  const { naming, config, cloud, networks, routing } = args;
  const { mode, securityUpdates, timeServers, maintenance } = config.boot;
  const security = args.security.of(name);
  const machine = cloud.machines[key];
  if (!machine) throw new Error(`nothing is known of what ${key} names`);
  return {
    naming,
    keyPair: config.cloud.keyPair,
    imageId: machine.imageId,
    network: networks[tier],
    securityGroupId: security.id,
    bootAfter: [...routing.ready[tier], ...security.ready],
    boot: { mode, base: { securityUpdates, maintenance, timeServers } },
  };
}
