import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { Server, type ServerArgs } from "../compute/server";
import type { DatabaseConfig } from "../config/schema";
import type { Naming } from "../core/naming";

export interface DatabaseArgs
  extends Pick<ServerArgs, "imageId" | "network" | "securityGroupId" | "zone" | "keyPair" | "bootAfter"> {
  readonly naming: Naming;
  readonly config: DatabaseConfig;
  readonly volumeZone: string | undefined;
  /** User data of the server, from its host name and the volume it is to mount. */
  readonly userData: (hostname: string, volumeId: pulumi.Input<string>) => pulumi.Input<string>;
}

/** The database server at a fixed address, and the volume that outlives it. */
export class Database extends pulumi.ComponentResource {
  readonly address: string;
  readonly serverId: pulumi.Output<string>;
  readonly volumeId: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:database:Database", name, {}, opts);
    const { naming, config, volumeZone, userData, ...shared } = args;
    this.address = args.network.plan.fixedIp;
    const { size, type, onDestroy } = config.volume;
    const volume = new openstack.blockstorage.Volume(
      name,
      {
        name: naming.name("db", "data"),
        description: `databases of ${naming.prefix}: ${config.stores.join(", ")}`,
        size,
        enableOnlineResize: true,
        metadata: naming.metadata("db"),
        ...(type ? { volumeType: type } : {}),
        ...(volumeZone ? { availabilityZone: volumeZone } : {}),
      },
      { parent: this, protect: onDestroy === "refuse", retainOnDelete: onDestroy !== "delete" },
    );
    const server = new Server(
      name,
      {
        ...shared,
        naming,
        tier: "db",
        number: 1,
        flavor: config.flavor,
        rootDisk: config.rootDisk,
        address: this.address,
        userData: userData(naming.name("db", 1), volume.id),
        keepOnNewImage: true,
      },
      { parent: this },
    );
    new openstack.compute.VolumeAttach(
      name,
      { instanceId: server.serverId, volumeId: volume.id },
      { parent: this, deleteBeforeReplace: true },
    );
    this.serverId = server.serverId;
    this.volumeId = volume.id;
    this.registerOutputs({ address: this.address, serverId: this.serverId, volumeId: this.volumeId });
  }
}
