import { createHash } from "node:crypto";
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { type BootSettings, type Role, renderUserData } from "../cloud-init/role";
import type { RootDisk } from "../config/schema";
import type { Naming } from "../core/naming";
import { MADE_FROM, tellPlannedOutage } from "./planned-outage";
import { faultReporter, healthyServerId } from "./server-health";

export interface ServerArgs {
  readonly naming: Naming;
  /** Name of its group: the tier itself, or a group of servers within the network of one. */
  readonly tier: string;
  /** Counts from 1 within the tier. */
  readonly number: number;
  readonly imageId: string;
  readonly flavor: string;
  /** Boot volume, where the flavor has no disk. */
  readonly rootDisk?: RootDisk | undefined;
  /** Where its port is: a `TierNetwork`, or any network and subnet by their ids. */
  readonly network: { readonly networkId: pulumi.Input<string>; readonly subnetId: pulumi.Input<string> };
  /** A fixed address; default: Neutron chooses one of the subnet's pool. */
  readonly address?: string;
  /**
   * True: the server's replacement gets its ports, so that the old one goes first. False: the replacement comes first, on a
   * port of its own. Default: true where it has a fixed address or other ports.
   */
  readonly keepsPorts?: boolean;
  /** Ports in other networks, by their ids, that it has besides its own; they are no way out. */
  readonly otherPorts?: readonly pulumi.Input<string>[];
  /** An address that it shares with others, and may answer for besides its own. */
  readonly sharedAddress?: string;
  readonly securityGroupId: pulumi.Input<string>;
  /** Availability zone; none: the cloud chooses. */
  readonly zone?: string | undefined;
  /** Name of the key pair for SSH; none: nobody can sign in. */
  readonly keyPair?: string | undefined;
  readonly serverGroupId?: pulumi.Input<string>;
  /** What it does; a secret where its files hold one. */
  readonly role: Role | pulumi.Output<Role>;
  readonly boot: BootSettings;
  /** What must stand before the server boots: its way out and its rules. */
  readonly bootAfter?: pulumi.Resource[];
  /** What the running server reads at the metadata service, beside its labels; a change of it replaces nothing. */
  readonly metadata?: Readonly<Record<string, pulumi.Input<string>>>;
  /** True keeps the server as it is when the image changes: for servers that own data. */
  readonly keepOnNewImage?: boolean;
  /** What a replacement takes down, which a preview then says. */
  readonly onReplacement?: {
    /** Metadata of the server that exists; none: there is none. */
    readonly existing: Readonly<Record<string, string>> | undefined;
    /** E.g. "the shop is closed for about a minute". */
    readonly outage: string;
  };
}

/** Where and how a server boots, whatever it does. */
export type ServerPlace = "naming" | "imageId" | "network" | "securityGroupId" | "keyPair" | "bootAfter" | "boot";

/** Creation may wait for an image to be copied; `up` fails after this. */
const PATIENCE = { create: "30m", update: "30m", delete: "15m" };

/** One Nova server on an explicit port, which holds address and security group. */
export class Server extends pulumi.ComponentResource {
  /** Resolves only for a server that Nova does not call ERROR. */
  readonly serverId: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  /** Its own port, for a floating IP. */
  readonly portId: pulumi.Output<string>;
  /** The server by itself, for what must go before it goes. */
  readonly instance: pulumi.Resource;

  constructor(name: string, args: ServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:compute:Server", name, {}, opts);
    const { naming, tier, network, otherPorts = [] } = args;
    const serverName = naming.name(tier, args.number);
    const keepsPorts = args.keepsPorts ?? (args.address !== undefined || otherPorts.length > 0);
    const userData = pulumi
      .output<Role>(args.role)
      .apply((role) => renderUserData(role, { ...args.boot, hostname: serverName }));
    const madeFrom = digest(args, userData);
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
      {
        parent: this,
        deleteBeforeReplace: keepsPorts,
        ...(keepsPorts ? {} : { replacementTrigger: madeFrom }),
      },
    );
    // A port has one server only, so for another one before the old one goes, it is the port that is replaced.
    const replaced = keepsPorts ? undefined : port.urn;
    const instance = new openstack.compute.Instance(
      name,
      {
        name: serverName,
        flavorName: args.flavor,
        ...bootFrom(args),
        networks: [port.id, ...otherPorts].map((id) => ({ port: id })),
        userData,
        // A server may finish the requests that it is serving.
        stopBeforeDestroy: true,
        // The key that telemetry groups servers by.
        metadata: {
          ...args.metadata,
          ...naming.metadata(tier),
          "metering.server_group": naming.name(tier),
          ...(args.onReplacement ? { [MADE_FROM]: madeFrom } : {}),
        },
        tags: naming.tags(tier),
        ...(args.zone ? { availabilityZone: args.zone } : {}),
        ...(args.keyPair ? { keyPair: args.keyPair } : {}),
        ...(args.serverGroupId ? { schedulerHints: [{ group: args.serverGroupId }] } : {}),
      },
      {
        parent: this,
        dependsOn: args.bootAfter ?? [],
        deleteBeforeReplace: keepsPorts,
        // The provider would rebuild in place, which wipes the root disk without a word.
        ...(args.keepOnNewImage
          ? { ignoreChanges: [args.rootDisk ? "blockDevices[0].uuid" : "imageId"] }
          : { replaceOnChanges: ["imageId"] }),
        customTimeouts: PATIENCE,
        hooks: { onError: [faultReporter(name, serverName, { parent: this }, replaced)] },
      },
    );
    if (args.onReplacement) {
      tellPlannedOutage({ ...args.onReplacement, server: serverName, madeFrom }, instance);
    }
    this.serverId = healthyServerId(instance, serverName, { parent: this }, replaced);
    this.instance = instance;
    this.portId = port.id;
    this.address = port.allFixedIps.apply((addresses) => addresses[0] ?? "");
    this.registerOutputs({ serverId: this.serverId, address: this.address, portId: this.portId });
  }
}

/** Changes with everything of which Nova makes another server, and with the flavor, for which it would stop this one. */
function digest(
  { imageId, keepOnNewImage, flavor, rootDisk, zone, keyPair, serverGroupId }: ServerArgs,
  userData: pulumi.Output<string>,
) {
  const parts = pulumi.all([serverGroupId, userData]).apply((later) => {
    const text = JSON.stringify([keepOnNewImage ? undefined : imageId, flavor, rootDisk, zone, keyPair, ...later]);
    return createHash("sha256").update(text).digest("hex");
  });
  return pulumi.unsecret(parts);
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
