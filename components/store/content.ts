/** What a store keeps in Swift. */
import type * as pulumi from "@pulumi/pulumi";
import type { StorageEndpoints } from "../cloud/storage-endpoints";
import type { MediaCredential } from "../cloud-init/roles/media";
import type { StoreConfig } from "../config/schema";
import { Containers } from "../content/containers";
import { MediaAccess, mediaAcl } from "../content/media-access";
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
  /** Where static content is, with a slash at its end; none: in the shop itself. */
  readonly staticUrl: string | undefined;
}

export function makeContent(name: string, args: ContentArgs, opts: pulumi.ComponentResourceOptions): Content {
  const { naming, config } = args;
  const { storage } = args.cloud;
  const { media, publicStatic } = config.shop;
  const staticUrl = publicStatic && storage ? `${storage.storageUrl}/${naming.name("static")}/` : undefined;
  if (!config.cloud.objectStorage) return { containers: undefined, media: undefined, staticUrl };
  const deleteContents = config.database.volume.onDestroy === "delete";
  const acl = storage && media.driver === "swift" ? mediaAcl(storage) : undefined;
  const containers = new Containers(name, { naming, deleteContents, mediaAcl: acl, publicStatic }, opts);
  if (media.driver !== "swift" || !storage || !containers.media) return { containers, media: undefined, staticUrl };
  const credential = new MediaAccess(
    `${name}-media`,
    { naming, config: media, endpoints: storage, container: containers.media },
    opts,
  ).credential;
  return { containers, media: credential, staticUrl };
}
