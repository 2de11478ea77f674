import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { type BalancerRoleArgs, balancerRole } from "../cloud-init/roles/balancer";
import { Server, type ServerArgs, type ServerPlace } from "../compute/server";
import { takingTurns } from "../compute/taking-turns";
import type { Certificate } from "../core/certificate";
import type { TierNetwork } from "../network/tier-network";
import type { Handover } from "../readiness/handover";
import { onceServing } from "../readiness/once-serving";
import { runError } from "../readiness/run-error";
import type { Balancer } from "./balancer";

export interface HaproxyPairArgs extends Pick<ServerArgs, ServerPlace | "flavor" | "rootDisk"> {
  readonly tier: "web" | "app";
  /** The two and their address lie where its plan says. */
  readonly network: TierNetwork;
  /** Availability zones; none: the cloud chooses. */
  readonly zones: readonly string[];
  readonly settings: HaproxySettings;
  /** None: plain HTTP. */
  readonly certificate: pulumi.Output<Certificate> | undefined;
  /** Only where the two exist already. */
  readonly handover: Pick<Handover, "complete"> | undefined;
}

/** What both balance, and how. */
export type HaproxySettings = Omit<BalancerRoleArgs, "own" | "peer" | "priority" | "vip" | "password" | "certificate">;

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
    const { tier, zones, settings, certificate, handover, ...server } = args;
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
    const { password, serverGroupId } = takingTurns(name, naming.name(part), this);
    const nodes = network.plan.sharers.map((address, index) => ({ name: naming.name(part, index + 1), address }));
    const servers: Server[] = [];
    for (const [index, own] of nodes.entries()) {
      const peer = nodes[1 - index] ?? own;
      const known = { ...settings, own, peer, priority: 100 - index, vip: this.vipAddress };
      const role = pulumi.secret(
        pulumi
          .all([password, certificate])
          .apply(([password, certificate]) => balancerRole({ ...known, password, certificate })),
      );
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
          serverGroupId,
          role: first && handover ? onceServing([first], handover, role) : role,
          // One after the other, also when both are replaced.
          bootAfter: [...(server.bootAfter ?? []), ...servers],
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
