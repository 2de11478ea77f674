import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { databaseRole } from "../cloud-init/roles/database";
import { Server, type ServerArgs, type ServerPlace } from "../compute/server";
import type { StoreConfig } from "../config/schema";
import type { Flavor } from "../core/flavor";
import { PORTS } from "../core/security-rule";
import type { TierNetwork } from "../network/tier-network";
import { type Certificates, certificates } from "./certificates";
import type { Credentials } from "./credentials";

export interface DatabaseArgs extends Pick<ServerArgs, ServerPlace> {
  /** The server lies at its plan's fixed IP. */
  readonly network: TierNetwork;
  readonly config: Pick<StoreConfig, "cloud" | "database">;
  readonly cloud: { readonly flavors: { readonly db: Flavor } };
  /** CIDR that queries come from. */
  readonly clients: string;
  readonly credentials: Pick<Credentials, "database" | "readers" | "certificateSeed">;
}

/** The database server at a fixed address, and the volume that outlives it. */
export class Database extends pulumi.ComponentResource {
  readonly endpoint: { readonly host: string; readonly port: number };
  /** Secret: the server's own, with its key. */
  readonly certificates: pulumi.Output<Certificates>;
  readonly serverId: pulumi.Output<string>;
  readonly volumeId: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:database:Database", name, {}, opts);
    const { config, cloud, clients, credentials, ...place } = args;
    const { database } = config;
    const flavor = cloud.flavors.db;
    const [zone] = config.cloud.computeZones;
    const [volumeZone] = config.cloud.volumeZones;
    const { naming } = place;
    const address = args.network.plan.fixedIp;
    const { size, type, onDestroy } = database.volume;
    const volume = new openstack.blockstorage.Volume(
      name,
      {
        name: naming.name("db", "data"),
        description: `databases of ${naming.prefix}: ${database.stores.join(", ")}`,
        size,
        enableOnlineResize: true,
        metadata: naming.metadata("db"),
        ...(type ? { volumeType: type } : {}),
        ...(volumeZone ? { availabilityZone: volumeZone } : {}),
      },
      { parent: this, protect: onDestroy === "refuse", retainOnDelete: onDestroy !== "delete" },
    );
    this.endpoint = { host: address, port: PORTS.mysql };
    this.certificates = pulumi.secret(
      credentials.certificateSeed.apply((seed) => certificates(seed, naming.prefix, address)),
    );
    const role = pulumi
      .all([volume.id, credentials.database, credentials.readers, this.certificates])
      .apply(([volumeId, stores, readers, tls]) => {
        const owner = naming.prefix;
        const known = { flavor, address, port: PORTS.mysql, volumeId, owner, resolves: database.egress, clients };
        return databaseRole({ ...known, stores, readers, tls });
      });
    const server = new Server(
      name,
      {
        ...place,
        tier: "db",
        number: 1,
        zone,
        flavor: database.flavor,
        rootDisk: database.rootDisk,
        address,
        role: pulumi.secret(role),
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
    this.registerOutputs({ address, serverId: this.serverId, volumeId: this.volumeId });
  }
}
