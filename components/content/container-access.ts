import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { StorageEndpoints } from "../cloud/storage-endpoints";
import type { ApplicationCredential, BackupsCredentials } from "../cloud-init/roles/keeper";
import type { MediaCredential } from "../cloud-init/roles/media";

/** How a credential for one of the store's containers is made. */
export interface CredentialConfig {
  /** Name of its only role. */
  readonly role: string;
  readonly accessRules: boolean;
}

export interface AccessRule {
  /** Type in Keystone's catalogue. */
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

/** What containers that servers use allow, as Swift's ACL: to the owner of the servers' credentials, and to nobody else. */
export function ownersAcl({ projectId, userId }: StorageEndpoints): string {
  return `${projectId}:${userId}`;
}

/**
 * Named by the engine: one that replaces another, say to change its secret, is there before the other goes. Keystone names the
 * roles that its role implies too; after a refresh that is no change, but another role is another credential.
 */
export function credential(
  name: string,
  description: string,
  { role, accessRules }: CredentialConfig,
  rules: pulumi.Input<AccessRule[]>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<ApplicationCredential> {
  const { id, secret } = new openstack.identity.ApplicationCredential(
    name,
    { description, roles: [role], ...(accessRules ? { accessRules: rules } : {}) },
    { ...opts, additionalSecretOutputs: ["secret"], ignoreChanges: ["roles"], replacementTrigger: role },
  );
  return pulumi.secret(pulumi.all([id, secret]).apply(([id, secret]) => ({ id, secret })));
}

/** Every object's name has a folder: a path that ends with the container and a slash is the container itself to Swift. */
const objects = (containerUrl: string, methods: readonly string[]): AccessRule[] =>
  methods.map((method) => ({ service: "object-store", method, path: `${new URL(containerUrl).pathname}/*/**` }));
const listing = (containerUrl: string): AccessRule[] => [
  { service: "object-store", method: "GET", path: new URL(containerUrl).pathname },
];

export interface ContainerAccessArgs {
  /** `<project>-<stack>`. */
  readonly prefix: string;
  readonly config: CredentialConfig;
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

  constructor(name: string, args: ContainerAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:content:MediaAccess", name, {}, opts);
    const { prefix, config, endpoints } = args;
    const containerUrl = pulumi.interpolate`${endpoints.storageUrl}/${args.container}`;
    const rules = containerUrl.apply((url) => [...listing(url), ...objects(url, ["GET", "HEAD", "PUT", "DELETE"])]);
    const description = `${prefix}: what its app servers keep uploads in Swift with`;
    const made = credential(name, description, config, rules, { parent: this });
    this.credential = pulumi.secret(
      pulumi.all([containerUrl, made]).apply(([containerUrl, { id, secret }]) => ({
        authUrl: endpoints.authUrl,
        containerUrl,
        credentialId: id,
        secret,
      })),
    );
    this.registerOutputs({ credential: this.credential });
  }
}

export interface BackupsAccessArgs extends ContainerAccessArgs {
  /** Address of another store's container, which is read too. */
  readonly otherContainerUrl: string | undefined;
}

/** The keeper's two application credentials: what ships backups can do no harm to those that are there. */
export class BackupsAccess extends pulumi.ComponentResource {
  /** Secret. */
  readonly credentials: pulumi.Output<BackupsCredentials>;

  constructor(name: string, args: BackupsAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:content:BackupsAccess", name, {}, opts);
    const { prefix, config, endpoints, otherContainerUrl } = args;
    const containerUrl = pulumi.interpolate`${endpoints.storageUrl}/${args.container}`;
    const others = otherContainerUrl ? [otherContainerUrl] : [];
    const puts = containerUrl.apply((url) => objects(url, ["PUT"]));
    const gets = containerUrl.apply((url) =>
      [url, ...others].flatMap((one) => [...listing(one), ...objects(one, ["GET"])]),
    );
    const own = { parent: this };
    const writer = credential(`${name}-writer`, `${prefix}: what its keeper adds backups with`, config, puts, own);
    const reader = credential(`${name}-reader`, `${prefix}: what its keeper reads backups with`, config, gets, own);
    this.credentials = pulumi.secret(
      pulumi.all([containerUrl, writer, reader]).apply(([containerUrl, writer, reader]) => ({
        authUrl: endpoints.authUrl,
        containerUrl,
        writer,
        reader,
      })),
    );
    this.registerOutputs({ credentials: this.credentials });
  }
}
