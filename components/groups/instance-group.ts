import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { OCTAVIA_PATIENCE } from "../balancing/load-balancer";
import { keptApart } from "../compute/kept-apart";
import { Server, type ServerArgs } from "../compute/server";
import type { GroupConfig } from "../config/schema";
import type { Handover } from "../readiness/handover";
import { runError } from "../readiness/run-error";
import type { Group, GroupArgs } from "./group";

export interface InstanceGroupArgs extends GroupArgs, Pick<ServerArgs, "address" | "keepsPorts"> {
  readonly config: Pick<GroupConfig, "count" | "flavor" | "rootDisk">;
}

/** The servers of one group: as many as configured, apart from each other as far as the cloud has hosts for it. */
export class InstanceGroup extends pulumi.ComponentResource implements Group {
  readonly serverIds: pulumi.Output<string[]>;
  readonly ready: pulumi.Resource;
  readonly settled: pulumi.Output<void>;

  constructor(name: string, args: InstanceGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:compute:InstanceGroup", name, {}, opts);
    const { naming, tier, config, zones = [], balancer, handover, ...shared } = args;
    const group = keptApart(name, naming.name(tier), this);
    const servers = Array.from({ length: config.count }, (_, index) => {
      const number = index + 1;
      return new Server(
        `${name}-${number}`,
        {
          ...shared,
          naming,
          tier,
          number,
          flavor: config.flavor,
          rootDisk: config.rootDisk,
          zone: zones[index % zones.length],
          serverGroupId: group.id,
        },
        { parent: this },
      );
    });
    // Each by itself: a list of all would also be the end of members that an elastic group has put into the pool.
    const memberPools = balancer?.pools ?? [];
    let before: pulumi.Resource = balancer?.ready ?? group;
    for (const pool of memberPools) {
      for (const [index, server] of servers.entries()) {
        before = new openstack.loadbalancer.Member(
          `${name}-${index + 1}${pool.suffix}`,
          {
            name: naming.name(tier, index + 1),
            poolId: pool.id,
            address: handover ? addressOnceReady(server, handover) : server.address,
            protocolPort: pool.port,
            subnetId: shared.network.subnetId,
          },
          // No member without its server, so that a server which is replaced leaves the pool before it stops.
          {
            parent: this,
            dependsOn: [before, server.instance],
            deleteBeforeReplace: false,
            deletedWith: pool.resource,
            customTimeouts: OCTAVIA_PATIENCE,
          },
        );
      }
    }
    this.ready = before;
    this.serverIds = pulumi.all(servers.map((server) => server.serverId));
    const pools = pulumi.all(memberPools.map(({ id }) => id));
    this.settled = handover
      ? pulumi
          .all([this.serverIds, pools, before.urn])
          .apply(([ids, pools]) => handover.complete(ids, pools).catch(runError))
      : pulumi.output(undefined);
    this.registerOutputs({ serverIds: this.serverIds, serverGroupId: group.id });
  }
}

/** A balancer may send shoppers to a member before it has looked at it for the first time. */
function addressOnceReady({ serverId, address }: Server, handover: Handover): pulumi.Output<string> {
  return pulumi.all([serverId, address]).apply(async ([id, address]) => {
    await handover.ready(id).catch(runError);
    return address;
  });
}
