import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Naming } from "../naming";

export interface ContainersArgs {
  readonly naming: Naming;
  /** True deletes what is in the containers with them; false lets `destroy` fail on a container that is not empty. */
  readonly deleteContents: boolean;
}

/** Swift containers, private to the project: static content and uploads, and archived backups. */
export class Containers extends pulumi.ComponentResource {
  readonly static: pulumi.Output<string>;
  readonly backups: pulumi.Output<string>;

  constructor(name: string, { naming, deleteContents }: ContainersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:content:Containers", name, {}, opts);
    const container = (purpose: string) =>
      new openstack.objectstorage.Container(
        `${name}-${purpose}`,
        { name: naming.name(purpose), metadata: naming.metadata(), forceDestroy: deleteContents },
        { parent: this },
      ).name;
    this.static = container("static");
    this.backups = container("backups");
    this.registerOutputs({ static: this.static, backups: this.backups });
  }
}
