import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { dataVolume } from "../cloud/restore-needs";
import { pairRole } from "../cloud-init/roles/pair";
import { Server } from "../compute/server";
import { takingTurns } from "../compute/taking-turns";
import { PORTS } from "../core/security-rule";
import { accountsKey } from "../core/wanted-accounts";
import { withoutDependencies } from "../core/without-dependencies";
import type { Handover } from "../readiness/handover";
import { onceServing } from "../readiness/once-serving";
import { type Certificates, certificates, memberCertificate } from "./certificates";
import { DATABASE, type DatabaseArgs } from "./database";
import { accountsOf, type DatabaseTier, dataVolumeOf } from "./tier";

export interface DatabasePairArgs extends DatabaseArgs {
  /** Only where the two exist already. */
  readonly handover: Pick<Handover, "complete"> | undefined;
}

/** Of a server's metadata: what a person has named to go on from. */
const CHOICE = "go-on-from";
/** What a preview says of a server that is replaced. */
const OUTAGE =
  "the other one of the pair serves meanwhile: pages that wait for the database wait for up to 5 seconds longer, twice";

/** Two database servers with the same data, each on a volume of its own, at an address that one of them has at a time. */
export class DatabasePair extends pulumi.ComponentResource implements DatabaseTier {
  readonly endpoint: DatabaseTier["endpoint"];
  readonly certificates: pulumi.Output<Certificates>;
  readonly serverIds: pulumi.Output<string[]>;
  readonly volumeId: pulumi.Output<string>;
  readonly volumeIds: pulumi.Output<string[]>;
  readonly accounts: DatabaseTier["accounts"];
  readonly arbiter: NonNullable<DatabaseTier["arbiter"]>;

  constructor(name: string, args: DatabasePairArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DATABASE, name, {}, opts);
    const { config, cloud, clients, credentials, handover, ...place } = args;
    const { naming, network } = place;
    const { database } = config;
    const { flavor } = cloud.machines.database;
    const { computeZones, volumeZones } = config.cloud;
    const owner = naming.prefix;
    const address = network.plan.fixedIp;
    this.endpoint = { host: address, port: PORTS.mysql };
    this.certificates = pulumi.secret(credentials.certificateSeed.apply((seed) => certificates(seed, owner, address)));
    const { accounts, metadata } = accountsOf(database, clients, credentials);
    this.accounts = accounts;
    const { password, serverGroupId } = takingTurns(name, naming.name("db"), this);
    const [first, second] = network.plan.sharers;
    const nodes = [
      { number: 1, name: naming.name("db", 1), address: first },
      { number: 2, name: naming.name("db", 2), address: second },
    ] as const;
    const servers: Server[] = [];
    const volumes: openstack.blockstorage.Volume[] = [];
    for (const own of nodes) {
      const index = own.number - 1;
      const peer = nodes[own.number === 1 ? 1 : 0];
      // The first one has the names of a single server.
      const part = own.number === 1 ? name : `${name}-${own.number}`;
      const volumeName = `${dataVolume(owner, undefined)}${own.number === 1 ? "" : `-${own.number}`}`;
      const existing = cloud.existing?.volumeSizes[volumeName];
      const volumeZone = volumeZones[index % volumeZones.length];
      const volume = dataVolumeOf(part, { naming, config, volumeName, zone: volumeZone, existing }, this);
      const role = pulumi.secret(
        pulumi
          .all([volume.id, credentials.certificateSeed, this.certificates, credentials.backups, password])
          .apply(async ([volumeId, seed, tls, secrets, password]) =>
            pairRole({
              flavor,
              address,
              port: PORTS.mysql,
              volumeId,
              owner,
              formerOwner: database.volume.formerly,
              resolves: database.egress,
              clients,
              accountsKey: accountsKey(seed),
              tls,
              number: own.number,
              own: { name: own.name, address: own.address },
              peer: { name: peer.name, address: peer.address },
              member: await memberCertificate(seed, owner, own.name),
              password,
              keeperPassword: secrets?.keeper ?? "",
            }),
          ),
      );
      const before = cloud.existing?.servers.find((one) => one.name === own.name);
      const server = new Server(
        part,
        {
          ...place,
          tier: "db",
          number: own.number,
          zone: computeZones[index % computeZones.length],
          flavor: database.flavor,
          rootDisk: database.rootDisk,
          address: own.address,
          sharedAddress: address,
          serverGroupId,
          role: handover && servers.length > 0 ? onceServing(servers, handover, role) : role,
          metadata: { ...metadata, ...(database.goOnFrom ? { [CHOICE]: database.goOnFrom } : {}) },
          keepOnNewImage: true,
          onReplacement: { existing: before?.metadata, outage: OUTAGE },
        },
        { parent: this },
      );
      new openstack.compute.VolumeAttach(
        part,
        { instanceId: withoutDependencies(server.serverId), volumeId: volume.id },
        // As with a single server: it stops first, and gives its volume back then.
        { parent: this, deleteBeforeReplace: true, dependsOn: server.instance, deletedWith: server.instance },
      );
      servers.push(server);
      volumes.push(volume);
    }
    new openstack.networking.Port(
      `${name}-vip`,
      {
        name: naming.name("db", "vip"),
        description: "address that the pair of database servers shares",
        tags: naming.tags("db"),
        networkId: network.networkId,
        fixedIps: [{ subnetId: network.subnetId, ipAddress: address }],
        securityGroupIds: [place.securityGroupId],
      },
      // A single server that becomes the first of a pair has the address until then.
      { parent: this, dependsOn: servers.slice(0, 1).map(({ instance }) => instance) },
    );
    this.serverIds = pulumi.all(servers.map(({ serverId }) => serverId));
    this.volumeIds = pulumi.all(volumes.map(({ id }) => id));
    this.volumeId = this.volumeIds.apply(([id = ""]) => id);
    const member = pulumi.secret(
      credentials.certificateSeed.apply(async (seed) => ({
        members: [first, second] as const,
        member: await memberCertificate(seed, owner, naming.name("keeper", 1)),
      })),
    );
    // The keeper's voice is needed while one of the two is away.
    this.arbiter = handover ? onceServing(servers, handover, member) : member;
    this.registerOutputs({ address, serverIds: this.serverIds, volumeIds: this.volumeIds });
  }
}
