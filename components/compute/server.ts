import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Part, RootDisk } from "../config/schema";
import type { Naming } from "../naming";
import type { TierNetwork } from "../network/tier-network";
import { faultReporter, healthyServerId } from "./server-health";

export interface ServerArgs {
  readonly naming: Naming;
  readonly tier: Part;
  /** Counts from 1 within the tier. */
  readonly number: number;
  readonly imageId: string;
  readonly flavor: string;
  /** Boot volume, where the flavor has no disk. */
  readonly rootDisk: RootDisk | undefined;
  readonly network: TierNetwork;
  /** A fixed address; none: Neutron chooses one of the subnet's pool. */
  readonly address?: string;
  /** An address that it shares with others, and may answer for besides its own. */
  readonly sharedAddress?: string;
  readonly securityGroupId: pulumi.Input<string>;
  readonly zone: string | undefined;
  readonly keyPair: string | undefined;
  readonly serverGroupId?: pulumi.Input<string>;
  readonly userData: pulumi.Input<string>;
  /** What must stand before the server boots: its way out and its rules. */
  readonly bootAfter: pulumi.Resource[];
  /** True keeps the server as it is when the image changes: for servers that own data. */
  readonly keepOnNewImage?: boolean;
}

/** Creation may wait for an image to be copied; `up` fails after this. */
const PATIENCE = { create: "30m", update: "30m", delete: "15m" };

/**
 * One Nova server on an explicit port. The port holds address and security group, so that both survive a replacement
 * of the server; servers are therefore replaced by deleting first.
 */
export class Server extends pulumi.ComponentResource {
  /** Resolves only for a server that Nova does not call ERROR. */
  readonly serverId: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  readonly portId: pulumi.Output<string>;

  constructor(name: string, args: ServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:compute:Server", name, {}, opts);
    const { naming, tier, network } = args;
    const serverName = naming.name(tier, args.number);
    const port = new openstack.networking.Port(
      name,
      {
        name: serverName,
        description: `port of ${serverName}`,
        tags: naming.tags(tier),
        networkId: network.networkId,
        fixedIps: [{ subnetId: network.subnetId, ...(args.address ? { ipAddress: args.address } : {}) }],
        securityGroupIds: [args.securityGroupId],
        ...(args.sharedAddress ? { allowedAddressPairs: [{ ipAddress: args.sharedAddress }] } : {}),
      },
      { parent: this },
    );
    const instance = new openstack.compute.Instance(
      name,
      {
        name: serverName,
        flavorName: args.flavor,
        ...bootFrom(args),
        networks: [{ port: port.id }],
        userData: args.userData,
        // The key that telemetry groups servers by.
        metadata: { ...naming.metadata(tier), "metering.server_group": naming.name(tier) },
        tags: naming.tags(tier),
        ...(args.zone ? { availabilityZone: args.zone } : {}),
        ...(args.keyPair ? { keyPair: args.keyPair } : {}),
        ...(args.serverGroupId ? { schedulerHints: [{ group: args.serverGroupId }] } : {}),
      },
      {
        parent: this,
        dependsOn: args.bootAfter,
        deleteBeforeReplace: true,
        // The provider would rebuild in place, which wipes the root disk without a word.
        ...(args.keepOnNewImage
          ? { ignoreChanges: [args.rootDisk ? "blockDevices[0].uuid" : "imageId"] }
          : { replaceOnChanges: ["imageId"] }),
        customTimeouts: PATIENCE,
        hooks: { onError: [faultReporter(name, serverName, { parent: this })] },
      },
    );
    this.serverId = healthyServerId(instance, serverName, { parent: this });
    this.portId = port.id;
    this.address = port.allFixedIps.apply((addresses) => addresses[0] ?? "");
    this.registerOutputs({ serverId: this.serverId, address: this.address, portId: this.portId });
  }
}

function bootFrom({ imageId, rootDisk }: ServerArgs): Partial<openstack.compute.InstanceArgs> {
  if (!rootDisk) return { imageId };
  return {
    blockDevices: [
      {
        uuid: imageId,
        sourceType: "image",
        destinationType: "volume",
        bootIndex: 0,
        volumeSize: rootDisk.size,
        deleteOnTermination: true,
        ...(rootDisk.type ? { volumeType: rootDisk.type } : {}),
      },
    ],
  };
}
