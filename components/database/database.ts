import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { describedAs, type ExistingStore } from "../cloud/existing-store";
import { dataVolume, restoredAs } from "../cloud/restore-needs";
import { databaseRole } from "../cloud-init/roles/database";
import { Server, type ServerArgs, type ServerPlace } from "../compute/server";
import type { RestoreConfig } from "../config/backups-schema";
import { type StoreConfig, shopDatabase } from "../config/schema";
import type { Flavor } from "../core/flavor";
import { PORTS } from "../core/security-rule";
import { accountsKey, pieceKeys, sealAccounts } from "../core/wanted-accounts";
import { withoutDependencies } from "../core/without-dependencies";
import type { TierNetwork } from "../network/tier-network";
import { type Certificates, certificates } from "./certificates";
import type { Credentials } from "./credentials";
import { replacementOutage } from "./outage";

export interface DatabaseArgs extends Pick<ServerArgs, ServerPlace> {
  /** The server lies at its plan's fixed IP. */
  readonly network: TierNetwork;
  readonly config: Pick<StoreConfig, "cloud" | "database"> & Partial<Pick<StoreConfig, "shop">>;
  readonly cloud: {
    readonly machines: { readonly database: { readonly flavor: Flavor } };
    /** None: nobody knows, and a preview does not say that the server is replaced. */
    readonly existing?: Pick<ExistingStore, "servers" | "volumeSizes">;
  };
  /** CIDR that queries come from. */
  readonly clients: string;
  readonly credentials: Pick<Credentials, "backups" | "certificateSeed" | "database" | "readers">;
}

/** The database server at a fixed address, and the volume that outlives it. */
export class Database extends pulumi.ComponentResource {
  readonly endpoint: { readonly host: string; readonly port: number };
  /** Secret: the server's own, with its key. */
  readonly certificates: pulumi.Output<Certificates>;
  readonly serverId: pulumi.Output<string>;
  readonly volumeId: pulumi.Output<string>;
  /** Who may use it, as its metadata tell the running server: sealed, by the keys of `core/wanted-accounts.ts`. */
  readonly accounts: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:database:Database", name, {}, opts);
    const { config, cloud, clients, credentials, ...place } = args;
    const { database } = config;
    const { flavor } = cloud.machines.database;
    const [zone] = config.cloud.computeZones;
    const [volumeZone] = config.cloud.volumeZones;
    const { naming } = place;
    const address = args.network.plan.fixedIp;
    const { size, type, onDestroy, formerly: formerOwner } = database.volume;
    const databases = [...new Set([shopDatabase(config), ...database.stores])];
    const volumeOf = (restore?: RestoreConfig) => {
      const volumeName = dataVolume(naming.prefix, restore);
      // It has grown since, and Cinder never makes a volume smaller.
      const isLargeEnough = size <= (cloud.existing?.volumeSizes[volumeName] ?? 0);
      return new openstack.blockstorage.Volume(
        restore ? `${name}-${restoredAs(restore)}` : name,
        {
          name: volumeName,
          description: describedAs(naming.prefix, databases),
          size,
          enableOnlineResize: true,
          metadata: naming.metadata("db"),
          ...(restore?.snapshot ? { snapshotId: restore.snapshot } : {}),
          ...(type ? { volumeType: type } : {}),
          ...(volumeZone ? { availabilityZone: volumeZone } : {}),
        },
        {
          parent: this,
          protect: onDestroy === "refuse",
          retainOnDelete: onDestroy !== "delete",
          // Another volume would be an empty one; `cloud/losses.ts` says what to do instead.
          ignoreChanges: ["volumeType", "availabilityZone", ...(isLargeEnough ? ["size"] : [])],
        },
      );
    };
    const first = volumeOf();
    // What was on the first one stays there: a restore is never the end of the data that it takes the place of.
    const volume = database.restore ? volumeOf(database.restore) : first;
    this.endpoint = { host: address, port: PORTS.mysql };
    this.certificates = pulumi.secret(
      credentials.certificateSeed.apply((seed) => certificates(seed, naming.prefix, address)),
    );
    // Sealed, it is no secret; as one, a preview would hide all of the server's metadata.
    this.accounts = pulumi.unsecret(
      pulumi
        .all([credentials.certificateSeed, credentials.database, credentials.readers])
        .apply(([seed, stores, readers]) => sealAccounts(seed, { clients, stores, readers })),
    );
    const pieces = pieceKeys(database.stores, database.readers).map(
      (key) => [key, this.accounts.apply((sealed) => sealed[key] ?? "")] as const,
    );
    const role = pulumi
      .all([volume.id, credentials.certificateSeed, this.certificates, credentials.backups])
      .apply(([volumeId, seed, tls, secrets]) => {
        const owner = naming.prefix;
        const { at, snapshot } = database.restore ?? {};
        const known = {
          flavor,
          address,
          port: PORTS.mysql,
          volumeId,
          owner,
          formerOwner,
          snapshot,
          resolves: database.egress,
          clients,
        };
        const restore = secrets && at ? { at, restorerPassword: secrets.restorer } : undefined;
        return databaseRole({
          ...known,
          accountsKey: accountsKey(seed),
          tls,
          backups: secrets && { keeperPassword: secrets.keeper, restore },
        });
      });
    const before = cloud.existing?.servers.find((one) => one.name === naming.name("db", 1));
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
        metadata: Object.fromEntries(pieces),
        keepOnNewImage: true,
        onReplacement: {
          existing: before?.metadata,
          outage: replacementOutage(before, place.imageId, naming.stack),
        },
      },
      { parent: this },
    );
    new openstack.compute.VolumeAttach(
      name,
      { instanceId: withoutDependencies(server.serverId), volumeId: volume.id },
      // A server that goes stops first, and gives its volume back then: never is one taken from a database that runs.
      { parent: this, deleteBeforeReplace: true, dependsOn: server.instance, deletedWith: server.instance },
    );
    this.serverId = server.serverId;
    this.volumeId = volume.id;
    this.registerOutputs({ address, serverId: this.serverId, volumeId: this.volumeId });
  }
}
