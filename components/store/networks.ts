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
  const of = (tier: Tier, slots: number | undefined, dnsServers: readonly string[]) => {
    const { cidr, address } = network[tier];
    const adopted = cloud.adoptedSubnets[tier];
    const args = { naming, tier, cidr, address, mtu: network.mtu, slots, dnsServers, adopted };
    return new TierNetwork(`${name}-${tier}`, args, opts);
  };
  const { dnsServers } = config.cloud;
  const slots = slotsOf(balancing);
  return {
    web: of("web", slots, dnsServers),
    app: of("app", slots, dnsServers),
    db: of("db", undefined, database.egress ? dnsServers : []),
  };
}
