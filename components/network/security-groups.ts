import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Naming } from "../core/naming";
import { distinctRules, ruleKey, type SecurityRule } from "../core/security-rule";

export interface SecurityGroupsArgs {
  readonly naming: Naming;
  /** Names of the groups of servers; each gets one. */
  readonly groups: readonly string[];
  /** What is not among them is refused, in both directions. */
  readonly rules: readonly SecurityRule[];
}

interface Group {
  readonly name: string;
  readonly id: pulumi.Output<string>;
  /** What must stand before a server of the group boots. */
  readonly ready: pulumi.Resource[];
}

/** One security group for each group of servers, holding its rules of the table and none of Neutron's default ones. */
export class SecurityGroups extends pulumi.ComponentResource {
  /** By the name of the group of servers. */
  readonly ids: Readonly<Record<string, pulumi.Output<string>>>;
  private readonly groups: readonly Group[];

  constructor(name: string, { naming, groups, rules }: SecurityGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:network:SecurityGroups", name, {}, opts);
    this.groups = groups.map((part) => {
      const group = new openstack.networking.SecGroup(
        `${name}-${part}`,
        {
          name: naming.name(part),
          description: `what may reach the ${part} tier of ${naming.prefix}, and what it may reach`,
          deleteDefaultRules: true,
          tags: naming.tags(part),
        },
        { parent: this },
      );
      // The group takes its rules with it; one by one they would take 5 s each. For another reason of the same rule Neutron
      // wants the old one gone first.
      const own = { parent: this, deletedWith: group, deleteBeforeReplace: true };
      const ready = distinctRules(rules)
        .filter((rule) => rule.tier === part)
        .map((rule) => securityGroupRule(`${name}-${ruleKey(rule)}`, group.id, rule, own));
      return { name: part, id: group.id, ready };
    });
    this.ids = Object.fromEntries(this.groups.map(({ name, id }) => [name, id]));
    this.registerOutputs({ ids: this.ids });
  }

  /** @throws Error for a group that there is none for */
  of(name: string): Group {
    const group = this.groups.find((one) => one.name === name);
    if (!group) throw new Error(`there is no security group for ${name}`);
    return group;
  }
}

/** A rule in any group of Neutron's; its remote end may be known only later. */
export function securityGroupRule(
  name: string,
  securityGroupId: pulumi.Input<string>,
  rule: Omit<SecurityRule, "tier" | "cidr"> & { readonly cidr: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): openstack.networking.SecGroupRule {
  return new openstack.networking.SecGroupRule(
    name,
    {
      securityGroupId,
      direction: rule.direction,
      ethertype: "IPv4",
      protocol: rule.protocol,
      ...(rule.port === undefined ? {} : { portRangeMin: rule.port, portRangeMax: rule.port }),
      remoteIpPrefix: rule.cidr,
      description: rule.reason,
    },
    opts,
  );
}
