import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Server, type ServerArgs } from "../compute/server";
import type { Handover } from "../readiness/handover";
import { runError } from "../readiness/run-error";
import type { Balancer } from "./balancer";

export interface HaproxyPairArgs
  extends Pick<
    ServerArgs,
    "naming" | "imageId" | "flavor" | "rootDisk" | "network" | "securityGroupId" | "keyPair" | "bootAfter"
  > {
  readonly tier: "web" | "app";
  /** Availability zones; none: the cloud chooses. */
  readonly zones: readonly string[];
  readonly userData: (node: HaproxyNode) => pulumi.Input<string>;
  /** Only where the two stand already. */
  readonly handover: Pick<Handover, "complete"> | undefined;
}

/** One of the two, as it must know itself and the other one. */
export interface HaproxyNode {
  /** Both, by host name and address; this one first. */
  readonly own: HaproxyAddress;
  readonly peer: HaproxyAddress;
  /** The higher one has the shared address when both start. */
  readonly priority: number;
  /** Secret of the two. */
  readonly password: pulumi.Output<string>;
}

export interface HaproxyAddress {
  readonly name: string;
  readonly address: string;
}

/**
 * HAProxy on two servers, which share an address: whichever has it answers. A port of its own reserves the address, so
 * that Neutron gives it to nobody else and a floating IP can lead to it; it is bound to no server.
 */
export class HaproxyPair extends pulumi.ComponentResource implements Balancer {
  readonly vipAddress: string;
  readonly vipPortId: pulumi.Output<string>;
  readonly pools = [];
  readonly ready: pulumi.Resource;
  readonly loadBalancerId = undefined;
  readonly serverIds: pulumi.Output<string[]>;
  readonly settled: pulumi.Output<void>;

  constructor(name: string, args: HaproxyPairArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:balancing:HaproxyPair", name, {}, opts);
    const { tier, zones, userData, handover, ...server } = args;
    const { naming, network } = server;
    const part = `${tier}-balancer` as const;
    this.vipAddress = network.plan.fixedIp;
    const shared = new openstack.networking.Port(
      `${name}-vip`,
      {
        name: naming.name(part, "vip"),
        description: `shared address of the ${tier} tier's balancers`,
        tags: naming.tags(part),
        networkId: network.networkId,
        fixedIps: [{ subnetId: network.subnetId, ipAddress: this.vipAddress }],
        securityGroupIds: [server.securityGroupId],
      },
      { parent: this },
    );
    const { result: password } = new random.RandomPassword(
      `${name}-vrrp`,
      { length: 24, special: false },
      { parent: this },
    );
    const group = new openstack.compute.ServerGroup(
      name,
      { name: naming.name(part), policies: ["soft-anti-affinity"] },
      { parent: this },
    );
    const nodes = network.plan.haproxy.map((address, index) => ({ name: naming.name(part, index + 1), address }));
    const servers: Server[] = [];
    for (const [index, own] of nodes.entries()) {
      const peer = nodes[1 - index] ?? own;
      const boot = userData({ own, peer, priority: 100 - index, password });
      const [first] = servers;
      const one = new Server(
        `${name}-${index + 1}`,
        {
          ...server,
          tier: part,
          number: index + 1,
          address: own.address,
          sharedAddress: this.vipAddress,
          zone: zones[index % zones.length],
          serverGroupId: group.id,
          userData: first && handover ? onceServing(first, handover, boot) : boot,
          // One after the other, also when both are replaced.
          bootAfter: [...server.bootAfter, ...servers],
        },
        { parent: this },
      );
      servers.push(one);
    }
    this.vipPortId = shared.id;
    this.ready = shared;
    this.serverIds = pulumi.all(servers.map(({ serverId }) => serverId));
    this.settled = handover
      ? this.serverIds.apply((ids) => handover.complete(ids, []).catch(runError))
      : pulumi.output(undefined);
    this.registerOutputs({ vipAddress: this.vipAddress, serverIds: this.serverIds });
  }
}

/**
 * The second server's user data, once the first server balances: until then only the second one serves shoppers. A promise
 * delays the user data without making the second server depend on the first: with that, Pulumi would delete both before it
 * makes a new first one.
 */
function onceServing(
  { serverId }: Server,
  handover: Pick<Handover, "complete">,
  boot: pulumi.Input<string>,
): pulumi.Output<string> {
  const serving = new Promise<void>((resolve, reject) => {
    serverId.apply((id) => handover.complete([id], []).catch(runError).then(resolve, reject));
  });
  return pulumi.all([boot, serving]).apply(([text]) => text);
}
