/** Which balancer a stack file means. */
import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import { type AccessConfig, backofficeOf } from "../config/access-schema";
import { type BalancingConfig, balancesConnections } from "../config/balancing-schema";
import { poolAddresses } from "../core/address-plan";
import { ofSomebody } from "../core/cidr";
import type { Balancer } from "./balancer";
import { HaproxyPair, type HaproxyPairArgs } from "./haproxy-pair";
import { LoadBalancer } from "./load-balancer";
import { l4Pools, l7Pools } from "./pools";

export interface BalancerArgs extends Omit<HaproxyPairArgs, "flavor" | "rootDisk" | "settings" | "certificate"> {
  readonly config: BalancingConfig;
  readonly cloud: Pick<Cloud, "balancerProvider" | "certificate" | "machines" | "tlsContainerRef">;
  readonly access: AccessConfig;
  /** The service that it is for, with an address of its own in the tier's network; none: the tier itself. */
  readonly service?: { readonly name: string; readonly vip: string } | undefined;
  /** Who may reach the VIP, where a listener enforces it. */
  readonly allowedCidrs: readonly string[];
}

/** A tier's balancer: Octavia's, or HAProxy on two servers. @param name of the tier's parts */
export function makeBalancer(name: string, args: BalancerArgs, opts: pulumi.ComponentResourceOptions): Balancer {
  const { config, cloud, access, allowedCidrs, service, ...pair } = args;
  const { tier, naming, network } = pair;
  const isPublic = tier === "web";
  const pool = config[tier];
  if (config.driver === "haproxy") {
    if (service) throw new Error(`the balancer of ${service.name} must be Octavia's`);
    const { servers, slots } = config;
    const machine = cloud.machines["balancing.servers"];
    if (!servers || !machine) throw new Error("balancing.servers are not there");
    const settings = {
      flavor: machine.flavor,
      pool,
      slots: poolAddresses(network.cidr, slots),
      isPublic,
      connections: access.limits.connections,
      favoured: ofSomebody(backofficeOf(access)),
    };
    const { flavor, rootDisk } = servers;
    const certificate = isPublic ? cloud.certificate : undefined;
    return new HaproxyPair(`${name}-balancer`, { ...pair, flavor, rootDisk, settings, certificate }, opts);
  }
  const tlsContainerRef = isPublic ? cloud.tlsContainerRef : undefined;
  const pools = balancesConnections(config)
    ? l4Pools({ pool, https: tlsContainerRef !== undefined })
    : l7Pools({ pool, allowedCidrs, isPublic, tlsContainerRef });
  const octavia = { ...config, provider: config.provider ?? cloud.balancerProvider };
  if (!service) return new LoadBalancer(name, { naming, tier, octavia, pools, network }, opts);
  const own = { plan: { ...network.plan, fixedIp: service.vip }, subnetId: network.subnetId };
  return new LoadBalancer(name, { naming, tier: service.name, octavia, pools, network: own }, opts);
}
