import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Naming } from "../core/naming";
import { type RouterRule, routerRuleKey } from "../features/router-firewall";

export interface RouterFirewallArgs {
  readonly naming: Naming;
  /** What is not among them is refused, in both directions. */
  readonly rules: readonly RouterRule[];
  /** Of the router's interfaces; FWaaS takes no gateway's. */
  readonly ports: readonly pulumi.Input<string>[];
}

/** A firewall group of FWaaS v2 on a router's interfaces, beside the security groups of the servers behind them. */
export class RouterFirewall extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;

  constructor(name: string, { naming, rules, ports }: RouterFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:network:RouterFirewall", name, {}, opts);
    const own = { parent: this };
    const policy = (direction: RouterRule["direction"]) =>
      new openstack.firewall.PolicyV2(
        `${name}-${direction}`,
        {
          name: naming.name("edge", direction),
          description: `${direction} of web and app tiers of ${naming.prefix}, at their router`,
          rules: rules.filter((rule) => rule.direction === direction).map((rule) => this.rule(name, naming, rule).id),
        },
        own,
      );
    const group = new openstack.firewall.GroupV2(
      name,
      {
        name: naming.name("edge"),
        description: `what passes the router of web and app tiers of ${naming.prefix}`,
        ingressFirewallPolicyId: policy("ingress").id,
        egressFirewallPolicyId: policy("egress").id,
        ports: [...ports],
      },
      own,
    );
    this.groupId = group.id;
    this.registerOutputs({ groupId: this.groupId });
  }

  private rule(name: string, naming: Naming, rule: RouterRule): openstack.firewall.RuleV2 {
    const { protocol, source, sourcePort, destination, destinationPort, reason } = rule;
    return new openstack.firewall.RuleV2(
      `${name}-${routerRuleKey(rule)}`,
      {
        // FWaaS keeps no tags: by its name an operator, and `npm run repair`, know whose it is.
        name: naming.name("edge", routerRuleKey(rule)),
        description: reason,
        action: "allow",
        ipVersion: 4,
        protocol,
        sourceIpAddress: source,
        destinationIpAddress: destination,
        ...(sourcePort === undefined ? {} : { sourcePort: String(sourcePort) }),
        ...(destinationPort === undefined ? {} : { destinationPort: String(destinationPort) }),
      },
      { parent: this },
    );
  }
}
