import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { type Part, TIERS, type Tier } from "../config/schema";
import type { Naming } from "../core/naming";
import { ruleKey, type SecurityRule } from "./rule";

export interface SecurityGroupsArgs {
  readonly naming: Naming;
  readonly rules: readonly SecurityRule[];
}

interface Group {
  readonly part: Part;
  readonly id: pulumi.Output<string>;
  /** What must stand before a server of the group boots. */
  readonly ready: pulumi.Resource[];
}

/** One security group for each part that the table names, holding its rules and none of Neutron's default ones. */
export class SecurityGroups extends pulumi.ComponentResource {
  readonly ids: Readonly<Record<Tier, pulumi.Output<string>>>;
  private readonly groups: readonly Group[];

  constructor(name: string, { naming, rules }: SecurityGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:network:SecurityGroups", name, {}, opts);
    const parts = new Set<Part>([...TIERS, ...rules.map(({ tier }) => tier)]);
    this.groups = [...parts].map((part) => {
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
      const ready = rules.filter((rule) => rule.tier === part).map((rule) => this.rule(name, group, rule));
      return { part, id: group.id, ready };
    });
    this.ids = { web: this.of("web").id, app: this.of("app").id, db: this.of("db").id };
    this.registerOutputs({ ids: this.ids });
  }

  /** @throws Error for a part that the table does not name */
  of(part: Part): Group {
    const group = this.groups.find((one) => one.part === part);
    if (!group) throw new Error(`no ${part} in the table`);
    return group;
  }

  private rule(name: string, group: openstack.networking.SecGroup, rule: SecurityRule) {
    return new openstack.networking.SecGroupRule(
      `${name}-${ruleKey(rule)}`,
      {
        securityGroupId: group.id,
        direction: rule.direction,
        ethertype: "IPv4",
        protocol: rule.protocol,
        ...(rule.port === undefined ? {} : { portRangeMin: rule.port, portRangeMax: rule.port }),
        remoteIpPrefix: rule.cidr,
        description: rule.reason,
      },
      // The group takes its rules with it; one by one they would take 5 s each. For another reason of the same rule Neutron
      // wants the old one gone first.
      { parent: this, deletedWith: group, deleteBeforeReplace: true },
    );
  }
}
