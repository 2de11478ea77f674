/** Which balancer a stack file means. */
import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import { balancesConnections } from "../config/balancing-schema";
import type { BalancingConfig } from "../config/schema";
import type { Balancer } from "./balancer";
import { HaproxyPair, type HaproxyPairArgs } from "./haproxy-pair";
import { LoadBalancer } from "./load-balancer";
import { l4Pools, l7Pools } from "./pools";

export interface BalancerArgs extends Omit<HaproxyPairArgs, "flavor" | "rootDisk" | "imageId"> {
  readonly config: BalancingConfig;
  readonly cloud: Pick<Cloud, "balancers" | "tlsContainerRef">;
  /** Who may reach the VIP, where a listener enforces it. */
  readonly allowedCidrs: readonly string[];
}

/** A tier's balancer: Octavia's, or HAProxy on two servers. @param name of the tier's parts */
export function makeBalancer(name: string, args: BalancerArgs, opts: pulumi.ComponentResourceOptions): Balancer {
  const { config, cloud, allowedCidrs, ...pair } = args;
  const { tier, naming, network } = pair;
  const isPublic = tier === "web";
  if (config.driver === "haproxy") {
    const { servers } = config;
    if (!servers || !cloud.balancers) throw new Error("balancing.servers are not there");
    const { flavor, rootDisk } = servers;
    const { imageId } = cloud.balancers;
    return new HaproxyPair(`${name}-balancer`, { ...pair, imageId, flavor, rootDisk }, opts);
  }
  const pool = config[tier];
  const tlsContainerRef = isPublic ? cloud.tlsContainerRef : undefined;
  const pools = balancesConnections(config)
    ? l4Pools({ pool, https: tlsContainerRef !== undefined })
    : l7Pools({ pool, allowedCidrs, isPublic, tlsContainerRef });
  return new LoadBalancer(name, { naming, tier, octavia: config, pools, network }, opts);
}
