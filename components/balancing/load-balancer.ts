import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { BalancingConfig, Tier } from "../config/schema";
import type { Naming } from "../core/naming";
import type { TierNetwork } from "../network/tier-network";
import type { Balancer, MemberPool } from "./balancer";
import type { Front } from "./fronts";

export interface LoadBalancerArgs {
  readonly naming: Naming;
  readonly tier: Exclude<Tier, "db">;
  /** Octavia's provider, flavor and zone. */
  readonly octavia: Pick<BalancingConfig, "provider" | "flavor" | "zone">;
  readonly fronts: readonly Front[];
  /** The members' own network: the VIP lies in it, at its plan's fixed point. */
  readonly network: TierNetwork;
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
    const { naming, tier, octavia, network } = args;
    const own = { parent: this, customTimeouts: OCTAVIA_PATIENCE };
    this.vipAddress = network.plan.fixedPoint;
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
    for (const front of args.fronts) {
      const { pool, monitor } = this.front(name, args, balancer, front, last);
      pools.push({ suffix: front.suffix, id: pool.id, resource: pool, port: front.port });
      last = monitor;
    }
    this.ready = last;
    this.pools = pools;
    this.loadBalancerId = balancer.id;
    this.vipPortId = balancer.vipPortId;
    this.registerOutputs({ id: this.loadBalancerId, vipAddress: this.vipAddress, poolIds: pools.map(({ id }) => id) });
  }

  private front(
    base: string,
    { naming, tier }: LoadBalancerArgs,
    balancer: openstack.loadbalancer.LoadBalancer,
    front: Front,
    after: pulumi.Resource,
  ) {
    const own = { parent: this, customTimeouts: OCTAVIA_PATIENCE };
    const name = `${base}${front.suffix}`;
    const described = (suffix: string) => ({
      name: `${naming.name(tier)}${suffix}`,
      description: `${tier} tier of ${naming.prefix}`,
    });
    const pool = new openstack.loadbalancer.Pool(
      name,
      // Not the listener's own, so that listeners may come and go.
      { ...described(front.suffix), loadbalancerId: balancer.id, ...front.pool },
      { ...own, dependsOn: [after] },
    );
    let last: pulumi.Resource = pool;
    for (const { suffix, args } of front.listeners) {
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
      { name: `${naming.name(tier)}${front.suffix}`, poolId: pool.id, ...front.monitor },
      { ...own, dependsOn: [last], deletedWith: pool },
    );
    return { pool, monitor };
  }
}
