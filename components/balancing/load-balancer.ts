import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { BalancingConfig } from "../config/balancing-schema";
import type { Naming } from "../core/naming";
import type { TierNetwork } from "../network/tier-network";
import type { Balancer, MemberPool } from "./balancer";
import type { PoolSpec } from "./pools";

export interface LoadBalancerArgs {
  readonly naming: Naming;
  readonly tier: string;
  /** Octavia's provider, flavor and zone; none: the cloud's defaults. */
  readonly octavia?: Pick<BalancingConfig, "provider" | "flavor" | "zone">;
  readonly pools: readonly PoolSpec[];
  /** The members' own network: the VIP lies in it, at its plan's fixed IP. */
  readonly network: Pick<TierNetwork, "plan" | "subnetId">;
}

/** Octavia may take its time to build amphorae; the provider's default for deleting is 5 minutes only. */
export const OCTAVIA_PATIENCE = { create: "20m", update: "20m", delete: "20m" };

/**
 * One Octavia load balancer: VIP, pools, listeners and monitors, made one after the other, since Octavia answers 409
 * to any change while another is under way.
 */
export class LoadBalancer extends pulumi.ComponentResource implements Balancer {
  readonly loadBalancerId: pulumi.Output<string>;
  readonly serverIds = undefined;
  readonly settled = pulumi.output(undefined);
  readonly vipAddress: string;
  readonly vipPortId: pulumi.Output<string>;
  readonly pools: readonly MemberPool[];
  readonly ready: pulumi.Resource;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:balancing:LoadBalancer", name, {}, opts);
    const { naming, tier, octavia = {}, network } = args;
    const own = { parent: this, customTimeouts: OCTAVIA_PATIENCE };
    this.vipAddress = network.plan.fixedIp;
    const balancer = new openstack.loadbalancer.LoadBalancer(
      name,
      {
        name: naming.name(tier),
        description: `${tier} tier of ${naming.prefix}`,
        tags: naming.tags(tier),
        vipSubnetId: network.subnetId,
        vipAddress: this.vipAddress,
        ...(octavia.provider ? { loadbalancerProvider: octavia.provider } : {}),
        ...(octavia.flavor ? { flavorId: octavia.flavor } : {}),
        ...(octavia.zone ? { availabilityZone: octavia.zone } : {}),
      },
      // Another provider is another balancer, and the old one holds the address.
      { ...own, deleteBeforeReplace: true },
    );
    const pools: MemberPool[] = [];
    let last: pulumi.Resource = balancer;
    for (const spec of args.pools) {
      const { pool, monitor } = this.pool(name, args, balancer, spec, last);
      pools.push({ suffix: spec.suffix, id: pool.id, resource: pool, port: spec.port });
      last = monitor;
    }
    this.ready = last;
    this.pools = pools;
    this.loadBalancerId = balancer.id;
    this.vipPortId = balancer.vipPortId;
    this.registerOutputs({ id: this.loadBalancerId, vipAddress: this.vipAddress, poolIds: pools.map(({ id }) => id) });
  }

  private pool(
    base: string,
    { naming, tier }: LoadBalancerArgs,
    balancer: openstack.loadbalancer.LoadBalancer,
    spec: PoolSpec,
    after: pulumi.Resource,
  ) {
    const own = { parent: this, customTimeouts: OCTAVIA_PATIENCE };
    const name = `${base}${spec.suffix}`;
    const described = (suffix: string) => ({
      name: `${naming.name(tier)}${suffix}`,
      description: `${tier} tier of ${naming.prefix}`,
    });
    const pool = new openstack.loadbalancer.Pool(
      name,
      // Not the listener's own, so that listeners may come and go.
      { ...described(spec.suffix), loadbalancerId: balancer.id, ...spec.pool },
      { ...own, dependsOn: [after] },
    );
    let last: pulumi.Resource = pool;
    for (const { suffix, args } of spec.listeners) {
      last = new openstack.loadbalancer.Listener(
        `${base}${suffix}`,
        {
          ...described(suffix),
          tags: naming.tags(tier),
          loadbalancerId: balancer.id,
          defaultPoolId: pool.id,
          ...args,
        },
        { ...own, dependsOn: [last] },
      );
    }
    const monitor = new openstack.loadbalancer.Monitor(
      name,
      { name: `${naming.name(tier)}${spec.suffix}`, poolId: pool.id, ...spec.monitor },
      { ...own, dependsOn: [last], deletedWith: pool },
    );
    return { pool, monitor };
  }
}
