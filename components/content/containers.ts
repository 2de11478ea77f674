import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Naming } from "../core/naming";

export interface ContainersArgs {
  readonly naming: Naming;
  /** True deletes what is in the containers with them; false lets `destroy` fail on a container that is not empty. */
  readonly deleteContents: boolean;
  /** ACL of the container for uploads, `<project>:<user>`; none: there is no such container. */
  readonly mediaAcl: string | undefined;
  /** Whether Swift keeps versions of what is overwritten or deleted in the container for uploads. */
  readonly mediaVersions: boolean;
  /** ACL of the container for backups; none: the project alone may use it. */
  readonly backupsAcl: string | undefined;
  /** Everybody may read what is in the container for static content, when they know its name: there is no listing. */
  readonly publicStatic: boolean;
}

/** Swift containers, private to the project unless asked otherwise: static content, archived backups, and uploads where they are shared. */
export class Containers extends pulumi.ComponentResource {
  readonly static: pulumi.Output<string>;
  readonly backups: pulumi.Output<string>;
  readonly media: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    { naming, deleteContents, mediaAcl, mediaVersions, backupsAcl, publicStatic }: ContainersArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ecommerce:content:Containers", name, {}, opts);
    const forServers = (acl: string) => ({ containerRead: acl, containerWrite: acl });
    const container = (
      purpose: string,
      settings: Pick<openstack.objectstorage.ContainerArgs, "containerRead" | "containerWrite" | "versioning"> = {},
    ) =>
      new openstack.objectstorage.Container(
        `${name}-${purpose}`,
        { name: naming.name(purpose), metadata: naming.metadata(), forceDestroy: deleteContents, ...settings },
        // Of a stack that is renamed: another name would be another, empty container.
        { parent: this, ignoreChanges: ["name"] },
      ).name;
    this.static = container("static", publicStatic ? { containerRead: ".r:*" } : {});
    this.backups = container("backups", backupsAcl === undefined ? {} : forServers(backupsAcl));
    // Not even `false` where nobody asked: containers of before stay as they are.
    const versions = mediaVersions ? { versioning: true } : {};
    this.media = mediaAcl === undefined ? undefined : container("media", { ...forServers(mediaAcl), ...versions });
    this.registerOutputs({ static: this.static, backups: this.backups, media: this.media });
  }
}
