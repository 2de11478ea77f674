import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { GroupConfig, Tier } from "../config/schema";
import { Server, type ServerArgs } from "./server";

export interface InstanceGroupArgs
  extends Pick<ServerArgs, "naming" | "imageId" | "network" | "securityGroupId" | "keyPair" | "bootAfter"> {
  readonly tier: Exclude<Tier, "db">;
  readonly config: GroupConfig;
  /** Availability zones, used in turn; none: the cloud chooses. */
  readonly zones: readonly string[];
  /** User data of one server, from its host name. */
  readonly userData: (hostname: string) => pulumi.Input<string>;
}

/** The servers of one tier: as many as configured, apart from each other as far as the cloud has hosts for it. */
export class InstanceGroup extends pulumi.ComponentResource {
  readonly addresses: pulumi.Output<string>[];
  readonly serverIds: pulumi.Output<string>[];
  readonly serverGroupId: pulumi.Output<string>;

  constructor(name: string, args: InstanceGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:compute:InstanceGroup", name, {}, opts);
    const { naming, tier, config, zones, userData, ...shared } = args;
    const group = new openstack.compute.ServerGroup(
      name,
      // Strict anti-affinity could leave a replacement without a host.
      { name: naming.name(tier), policies: ["soft-anti-affinity"] },
      { parent: this },
    );
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
          userData: userData(naming.name(tier, number)),
        },
        { parent: this },
      );
    });
    this.addresses = servers.map((server) => server.address);
    this.serverIds = servers.map((server) => server.serverId);
    this.serverGroupId = group.id;
    this.registerOutputs({ addresses: this.addresses, serverIds: this.serverIds, serverGroupId: this.serverGroupId });
  }
}
