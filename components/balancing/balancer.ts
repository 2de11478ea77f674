/** What every kind of balancer gives, whether Octavia makes it or it is servers of our own. */
import type * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import type { PoolSpec } from "./pools";

export interface Balancer {
  readonly vipAddress: string;
  readonly vipPortId: pulumi.Output<string>;
  /** Empty pools, for the tier's group to fill; no pools: the balancer finds the servers by itself. */
  readonly pools: readonly MemberPool[];
  /** What must stand before the first member. */
  readonly ready: pulumi.Resource;
  /** Octavia's; none where the balancer is servers. */
  readonly loadBalancerId: pulumi.Output<string> | undefined;
  /** None where the balancer is Octavia's. */
  readonly serverIds: pulumi.Output<string[]> | undefined;
  /** Resolves when servers of its own that were replaced balance again. */
  readonly settled: pulumi.Output<void>;
}

/** A pool that a tier's servers are members of. */
export interface MemberPool {
  readonly suffix: PoolSpec["suffix"];
  readonly id: pulumi.Output<string>;
  readonly resource: openstack.loadbalancer.Pool;
  /** TCP port that the servers answer on. */
  readonly port: number;
}
