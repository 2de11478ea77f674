import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Naming } from "../../components/core/naming";
import { securityGroupRule } from "../../components/network/security-groups";
import { named, type Rule } from "./rules";

export interface OwnGroupArgs {
  readonly naming: Naming;
  readonly description: string;
  readonly rules: readonly Rule[];
}

/** A security group with the table's rules and none of Neutron's default ones. */
export class OwnGroup extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** What must stand before the server boots. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, { naming, description, rules }: OwnGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:examples:OwnGroup", name, {}, opts);
    const group = new openstack.networking.SecGroup(
      name,
      { name: naming.prefix, description, deleteDefaultRules: true, tags: naming.tags() },
      { parent: this },
    );
    this.id = group.id;
    this.ready = [...named(rules)].map(([key, rule]) =>
      securityGroupRule(`${name}-${key}`, group.id, rule, { parent: this, deletedWith: group }),
    );
    this.registerOutputs({ id: this.id });
  }
}
