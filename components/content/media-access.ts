import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { StorageEndpoints } from "../cloud/storage-endpoints";
import type { MediaCredential } from "../cloud-init/roles/media";
import type { MediaConfig } from "../config/schema";
import type { Naming } from "../core/naming";

export interface MediaAccessArgs {
  readonly naming: Naming;
  readonly config: Extract<MediaConfig, { driver: "swift" }>;
  readonly endpoints: StorageEndpoints;
  /** Name of the container. */
  readonly container: pulumi.Input<string>;
}

/**
 * The app servers' own application credential. Its role alone opens nothing in Swift: what it may do there is what the
 * container's ACL says. Its access rules keep it from everything else, and from the container's own settings.
 */
export class MediaAccess extends pulumi.ComponentResource {
  /** Secret. */
  readonly credential: pulumi.Output<MediaCredential>;

  constructor(name: string, args: MediaAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:content:MediaAccess", name, {}, opts);
    const { naming, config, endpoints } = args;
    const containerUrl = pulumi.interpolate`${endpoints.storageUrl}/${args.container}`;
    // Named by the engine: one that replaces another, say to change its secret, is there before the other goes.
    const { id, secret } = new openstack.identity.ApplicationCredential(
      name,
      {
        description: `${naming.prefix}: what its app servers keep uploads in Swift with`,
        roles: [config.role],
        ...(config.accessRules ? { accessRules: containerUrl.apply(accessRules) } : {}),
      },
      { parent: this, additionalSecretOutputs: ["secret"] },
    );
    this.credential = pulumi.secret(
      pulumi.all([containerUrl, id, secret]).apply(([containerUrl, credentialId, secret]) => ({
        authUrl: endpoints.authUrl,
        containerUrl,
        credentialId,
        secret,
      })),
    );
    this.registerOutputs({ credential: this.credential });
  }
}

/** Every object's name has a folder: a path that ends with the container and a slash is the container itself to Swift. */
function accessRules(containerUrl: string) {
  const path = new URL(containerUrl).pathname;
  const rule = (method: string, place: string) => ({ service: "object-store", method, path: place });
  return [rule("GET", path), ...["GET", "HEAD", "PUT", "DELETE"].map((method) => rule(method, `${path}/*/**`))];
}

/** Who may read and write the container, and list it: the credential's user. */
export function mediaAcl({ projectId, userId }: StorageEndpoints): string {
  return `${projectId}:${userId}`;
}
