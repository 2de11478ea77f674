import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { TIERS, type Tier } from "../config/schema";
import type { Naming } from "../naming";
import { ruleKey, type SecurityRule } from "./rules";

export interface SecurityGroupsArgs {
  readonly naming: Naming;
  readonly rules: readonly SecurityRule[];
}

/** One security group a tier, holding the table's rules and none of Neutron's default ones. */
export class SecurityGroups extends pulumi.ComponentResource {
  readonly ids: Readonly<Record<Tier, pulumi.Output<string>>>;
  /** What must stand before a server of the tier boots. */
  readonly ready: Readonly<Record<Tier, pulumi.Resource[]>>;

  constructor(name: string, { naming, rules }: SecurityGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:network:SecurityGroups", name, {}, opts);
    const tiers = TIERS.map((tier) => {
      const group = new openstack.networking.SecGroup(
        `${name}-${tier}`,
        {
          name: naming.name(tier),
          description: `what may reach the ${tier} tier of ${naming.prefix}, and what it may reach`,
          deleteDefaultRules: true,
          tags: naming.tags(tier),
        },
        { parent: this },
      );
      const own = rules.filter((rule) => rule.tier === tier).map((rule) => this.rule(name, group, rule));
      return { tier, id: group.id, own };
    });
    this.ids = perTier(tiers, ({ id }) => id);
    this.ready = perTier(tiers, ({ own }) => own);
    this.registerOutputs({ ids: this.ids });
  }

  private rule(name: string, group: openstack.networking.SecGroup, rule: SecurityRule) {
    return new openstack.networking.SecGroupRule(
      `${name}-${ruleKey(rule)}`,
      {
        securityGroupId: group.id,
        direction: rule.direction,
        ethertype: "IPv4",
        protocol: rule.protocol,
        portRangeMin: rule.port,
        portRangeMax: rule.port,
        remoteIpPrefix: rule.cidr,
        description: rule.reason,
      },
      // The group takes its rules with it; one by one they would take 5 s each.
      { parent: this, deletedWith: group },
    );
  }
}

function perTier<E extends { tier: Tier }, T>(entries: readonly E[], pick: (entry: E) => T): Record<Tier, T> {
  const of = (tier: Tier): T => {
    const entry = entries.find((candidate) => candidate.tier === tier);
    if (!entry) throw new Error(`no ${tier} tier`);
    return pick(entry);
  };
  return { web: of("web"), app: of("app"), db: of("db") };
}
