import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { ExistingStore } from "../cloud/existing-store";
import { dataVolume, restoredAs } from "../cloud/restore-needs";
import { databaseRole } from "../cloud-init/roles/database";
import { Server, type ServerArgs, type ServerPlace } from "../compute/server";
import type { RestoreConfig } from "../config/backups-schema";
import type { StoreConfig } from "../config/schema";
import type { Flavor } from "../core/flavor";
import { PORTS } from "../core/security-rule";
import { accountsKey } from "../core/wanted-accounts";
import { withoutDependencies } from "../core/without-dependencies";
import type { TierNetwork } from "../network/tier-network";
import { type Certificates, certificates } from "./certificates";
import type { Credentials } from "./credentials";
import { replacementOutage } from "./outage";
import { accountsOf, type DatabaseTier, dataVolumeOf } from "./tier";

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

/** Of a pair too: the first server's volume stays when a single server becomes one. */
export const DATABASE = "ecommerce:database:Database";

/** The database server at a fixed address, and the volume that outlives it. */
export class Database extends pulumi.ComponentResource implements DatabaseTier {
  readonly endpoint: { readonly host: string; readonly port: number };
  /** Secret: the server's own, with its key. */
  readonly certificates: pulumi.Output<Certificates>;
  readonly serverId: pulumi.Output<string>;
  readonly serverIds: pulumi.Output<string[]>;
  readonly volumeId: pulumi.Output<string>;
  /** Who may use it, as its metadata tell the running server: sealed, by the keys of `core/wanted-accounts.ts`. */
  readonly accounts: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DATABASE, name, {}, opts);
    const { config, cloud, clients, credentials, ...place } = args;
    const { database } = config;
    const { flavor } = cloud.machines.database;
    const [zone] = config.cloud.computeZones;
    const [volumeZone] = config.cloud.volumeZones;
    const { naming } = place;
    const address = args.network.plan.fixedIp;
    const { formerly: formerOwner } = database.volume;
    const volumeOf = (restore?: RestoreConfig) => {
      const volumeName = dataVolume(naming.prefix, restore);
      return dataVolumeOf(
        restore ? `${name}-${restoredAs(restore)}` : name,
        {
          naming,
          config,
          volumeName,
          zone: volumeZone,
          existing: cloud.existing?.volumeSizes[volumeName],
          snapshot: restore?.snapshot,
        },
        this,
      );
    };
    const first = volumeOf();
    // What was on the first one stays there: a restore is never the end of the data that it takes the place of.
    const volume = database.restore ? volumeOf(database.restore) : first;
    this.endpoint = { host: address, port: PORTS.mysql };
    this.certificates = pulumi.secret(
      credentials.certificateSeed.apply((seed) => certificates(seed, naming.prefix, address)),
    );
    const { accounts, metadata } = accountsOf(database, clients, credentials);
    this.accounts = accounts;
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
        metadata,
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
    this.serverIds = pulumi.all([server.serverId]);
    this.volumeId = volume.id;
    this.registerOutputs({ address, serverId: this.serverId, volumeId: this.volumeId });
  }
}
