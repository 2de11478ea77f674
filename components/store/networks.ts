/** The networks of the three tiers. */
import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import { slotsOf } from "../config/balancing-schema";
import type { StoreConfig, Tier } from "../config/schema";
import type { Naming } from "../core/naming";
import { TierNetwork } from "../network/tier-network";

export interface NetworksArgs {
  readonly naming: Naming;
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "adoptedSubnets">;
}

export type Networks = Readonly<Record<Tier, TierNetwork>>;

export function makeNetworks(
  name: string,
  { naming, config, cloud }: NetworksArgs,
  opts: pulumi.ComponentResourceOptions,
): Networks {
  const { network, balancing, database } = config;
  const of = (tier: Tier, slots: number | undefined, dnsServers: readonly string[]) =>
    new TierNetwork(
      `${name}-${tier}`,
      { naming, tier, config: network[tier], mtu: network.mtu, slots, dnsServers, adopted: cloud.adoptedSubnets[tier] },
      opts,
    );
  const { dnsServers } = config.cloud;
  const slots = slotsOf(balancing);
  return {
    web: of("web", slots, dnsServers),
    app: of("app", slots, dnsServers),
    db: of("db", undefined, database.egress ? dnsServers : []),
  };
}
