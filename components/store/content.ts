/** What a store keeps in Swift. */
import type * as pulumi from "@pulumi/pulumi";
import type { StorageEndpoints } from "../cloud/storage-endpoints";
import type { BackupsCredentials } from "../cloud-init/roles/keeper";
import type { MediaCredential } from "../cloud-init/roles/media";
import type { StoreConfig } from "../config/schema";
import { versionsOf } from "../config/shop-schema";
import { BackupsAccess, MediaAccess, ownersAcl } from "../content/container-access";
import { Containers } from "../content/containers";
import type { Naming } from "../core/naming";

export interface ContentArgs {
  readonly naming: Naming;
  readonly config: StoreConfig;
  /** No storage: the cloud has no Swift, or the store wants nothing of it. */
  readonly cloud: { readonly storage: StorageEndpoints | undefined };
}

export interface Content {
  readonly containers: Containers | undefined;
  /** Secret; only where uploads go to Swift. */
  readonly media: pulumi.Output<MediaCredential> | undefined;
  /** Secret; only where there is a keeper. */
  readonly backups: pulumi.Output<BackupsCredentials> | undefined;
  /** Where static content is, with a slash at its end; none: in the shop itself. */
  readonly staticUrl: string | undefined;
}

export function makeContent(name: string, args: ContentArgs, opts: pulumi.ComponentResourceOptions): Content {
  const { naming, config } = args;
  const { storage } = args.cloud;
  const { media, publicStatic } = config.shop;
  const { backups, restore, volume } = config.database;
  const staticUrl = publicStatic && storage ? `${storage.storageUrl}/${naming.name("static")}/` : undefined;
  if (!config.cloud.objectStorage) return { containers: undefined, media: undefined, backups: undefined, staticUrl };
  const acl = storage && ownersAcl(storage);
  const containers = new Containers(
    name,
    {
      naming,
      deleteContents: volume.onDestroy === "delete",
      mediaAcl: media.driver === "swift" ? acl : undefined,
      mediaVersions: versionsOf(media) !== undefined,
      backupsAcl: backups && acl,
      publicStatic,
    },
    opts,
  );
  const access = storage && { prefix: naming.prefix, endpoints: storage };
  return {
    containers,
    media:
      access && media.driver === "swift" && containers.media
        ? new MediaAccess(`${name}-media`, { ...access, config: media, container: containers.media }, opts).credential
        : undefined,
    backups:
      access && backups
        ? new BackupsAccess(
            `${name}-backups`,
            { ...access, config: backups, container: containers.backups, otherContainerUrl: restore?.container },
            opts,
          ).credentials
        : undefined,
    staticUrl,
  };
}
