/** What the rest of a store needs of its database, be it one server or a pair. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { describedAs } from "../cloud/existing-store";
import { type StoreConfig, shopDatabase } from "../config/schema";
import type { MemberCertificate } from "../core/certificate";
import type { Naming } from "../core/naming";
import { pieceKeys, sealAccounts } from "../core/wanted-accounts";
import type { Certificates } from "./certificates";
import type { Credentials } from "./credentials";

export interface DatabaseTier {
  readonly endpoint: { readonly host: string; readonly port: number };
  /** Secret: the server's own, with its key. */
  readonly certificates: pulumi.Output<Certificates>;
  readonly serverIds: pulumi.Output<string[]>;
  /** Of a pair, the first server's. */
  readonly volumeId: pulumi.Output<string>;
  /** Who may use it, as its servers' metadata tell them: sealed, by the keys of `core/wanted-accounts.ts`. */
  readonly accounts: pulumi.Output<Readonly<Record<string, string>>>;
  /** A secret, with which the keeper has the third voice; none: a single server needs none. */
  readonly arbiter?: pulumi.Output<{ readonly members: readonly [string, string]; readonly member: MemberCertificate }>;
}

export interface DataVolumeArgs {
  readonly naming: Naming;
  readonly config: Pick<StoreConfig, "cloud" | "database"> & Partial<Pick<StoreConfig, "shop">>;
  /** In Cinder. */
  readonly volumeName: string;
  readonly zone: string | undefined;
  /** GiB that it has already; none: it is new. */
  readonly existing: number | undefined;
  /** Id of a snapshot that it is made from; none: it is blank. */
  readonly snapshot?: string | undefined;
}

/** The volume that outlives its server. */
export function dataVolumeOf(
  name: string,
  { naming, config, volumeName, zone, existing = 0, snapshot }: DataVolumeArgs,
  parent: pulumi.Resource,
): openstack.blockstorage.Volume {
  const { stores, volume } = config.database;
  const { size, type, onDestroy } = volume;
  const databases = [...new Set([shopDatabase(config), ...stores])];
  // It has grown since, and Cinder never makes a volume smaller.
  const isLargeEnough = size <= existing;
  return new openstack.blockstorage.Volume(
    name,
    {
      name: volumeName,
      description: describedAs(naming.prefix, databases),
      size,
      enableOnlineResize: true,
      metadata: naming.metadata("db"),
      ...(snapshot ? { snapshotId: snapshot } : {}),
      ...(type ? { volumeType: type } : {}),
      ...(zone ? { availabilityZone: zone } : {}),
    },
    {
      parent,
      protect: onDestroy === "refuse",
      retainOnDelete: onDestroy !== "delete",
      // Another volume would be an empty one; `cloud/losses.ts` says what to do instead.
      ignoreChanges: ["volumeType", "availabilityZone", ...(isLargeEnough ? ["size"] : [])],
    },
  );
}

/** @returns who may use it, and the same as metadata of a server, whose keys are known before the passwords are */
export function accountsOf(
  { stores, readers }: StoreConfig["database"],
  clients: string,
  credentials: Pick<Credentials, "certificateSeed" | "database" | "readers">,
) {
  // Sealed, it is no secret; as one, a preview would hide all of the server's metadata.
  const accounts = pulumi.unsecret(
    pulumi
      .all([credentials.certificateSeed, credentials.database, credentials.readers])
      .apply(([seed, stores, readers]) => sealAccounts(seed, { clients, stores, readers })),
  );
  const pieces = pieceKeys(stores, readers).map((key) => [key, accounts.apply((sealed) => sealed[key] ?? "")] as const);
  return { accounts, metadata: Object.fromEntries(pieces) };
}
