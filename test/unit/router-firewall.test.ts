import assert from "node:assert/strict";
import { quotas } from "../../commands/doctor/checks/quotas";
import type { StoreConfig } from "../../components/config/schema";
import { validate } from "../../components/config/validate";
import { cidrOf, contains } from "../../components/core/cidr";
import { connectionFacts, ruleTable } from "../../components/features/connections";
import { type RouterRule, routerRuleKey, routerRules } from "../../components/features/router-firewall";
import { plain } from "../../policy/resources";
import { configOf, store, VARIANTS } from "../support/planned-stores";
import { SMALLEST } from "../support/stack-files";

type Firewall = NonNullable<StoreConfig["access"]["firewall"]>;

const small = (access: object, changes: object = {}) => validate("ecommerce", { ...SMALLEST, ...changes, access });
const keys = (rules: readonly RouterRule[]) => rules.map(routerRuleKey);
const within = (inner: string, outer: string) => contains(cidrOf(outer), cidrOf(inner));

function withFirewall(config: StoreConfig, firewall: Firewall): StoreConfig {
  return { ...config, access: { ...config.access, firewall } };
}

/** Connections that security groups and listeners of Octavia let through; the ends of a group of servers are its network. */
function allowedOtherwise(config: StoreConfig): Omit<RouterRule, "reason">[] {
  const facts = connectionFacts(config);
  const { groups, cidrs, appVip, services = {} } = facts;
  const table = ruleTable(facts).flatMap(({ tier: group, direction, protocol, port, cidr }) => {
    const tier = groups.find(({ name }) => name === group)?.tier;
    if (!tier || protocol === "vrrp" || port === undefined) return [];
    const [source, destination] = direction === "ingress" ? [cidr, cidrs[tier]] : [cidrs[tier], cidr];
    return [{ direction, protocol, source, destination, destinationPort: port }];
  });
  if (config.balancing.driver !== "octavia") return table;
  const listener = { direction: "ingress", protocol: "tcp" } as const;
  return [
    ...table,
    ...config.access.shoppers.flatMap((source) =>
      [80, 443].map((destinationPort) => ({ ...listener, source, destination: cidrs.web, destinationPort })),
    ),
    ...[appVip, ...Object.values(services)].map((vip) => {
      return { ...listener, source: cidrs.web, destination: `${vip}/32`, destinationPort: 80 };
    }),
  ];
}

const covers = (wide: Omit<RouterRule, "reason">, narrow: RouterRule) =>
  wide.direction === narrow.direction &&
  wide.protocol === narrow.protocol &&
  wide.destinationPort === narrow.destinationPort &&
  within(narrow.source, wide.source) &&
  within(narrow.destination, wide.destination);

describe("the firewall at the router", () => {
  it("is none unless it is asked for", async () => {
    assert.deepEqual(routerRules(small({})), []);
    const types = (await store("dev")).map(({ type }) => type);
    assert.ok(!types.some((type) => /firewall/i.test(type)));
  });

  it("lets through the shop's own connections and those that the configuration names, and nothing else", () => {
    const config = small({ firewall: "stateful", admins: ["198.51.100.7/32"], payments: ["192.0.2.0/24"] });
    assert.deepEqual(keys(routerRules(config)).sort(), [
      "egress-tcp-10.20.0.0/24-to-10.20.1.10/32-80",
      "egress-tcp-10.20.0.0/24-to-169.254.169.254/32-80",
      "egress-tcp-10.20.1.0/24-to-169.254.169.254/32-80",
      "egress-tcp-10.20.1.0/24-to-192.0.2.0/24-443",
      "ingress-tcp-0.0.0.0/0-to-10.20.0.10/32-80",
      "ingress-tcp-10.20.0.0/24-to-10.20.1.10/32-80",
      "ingress-tcp-198.51.100.7/32-to-10.20.0.0/24-22",
      "ingress-tcp-198.51.100.7/32-to-10.20.1.0/24-22",
    ]);
  });

  for (const [what, [environment, changes]] of Object.entries(VARIANTS)) {
    it(`is never wider than security groups and listeners are: ${what}`, async () => {
      const config = withFirewall(await configOf(environment, changes), "stateful");
      const rules = routerRules(config);
      assert.ok(rules.length > 3, String(rules.length));
      const allowed = allowedOtherwise(config);
      assert.deepEqual(keys(rules.filter((rule) => !allowed.some((one) => covers(one, rule)))), []);
    });
  }

  it("lets replies through where its driver remembers no connections: each the mirror of a connection", async () => {
    const config = await configOf("prod");
    const stateful = routerRules(withFirewall(config, "stateful"));
    const known = new Set(keys(stateful));
    const replies = routerRules(withFirewall(config, "stateless")).filter((rule) => !known.has(routerRuleKey(rule)));
    const mirrored = replies.map(({ direction, protocol, source, sourcePort, destination }) =>
      [direction === "ingress" ? "egress" : "ingress", protocol, destination, "to", `${source}-${sourcePort}`].join(
        "-",
      ),
    );
    assert.deepEqual(mirrored.sort(), [...known].sort());
  });

  it("lets web servers reach each service that has a cluster of its own", () => {
    const config = small(
      { firewall: "stateful" },
      { services: { search: { flavor: "m1.small" }, checkout: { flavor: "m1.small" } } },
    );
    const { services = {} } = connectionFacts(config);
    assert.equal(Object.keys(services).length, 2);
    const found = keys(routerRules(config));
    for (const vip of Object.values(services))
      assert.ok(found.includes(`ingress-tcp-10.20.0.0/24-to-${vip}/32-80`), vip);
  });

  it("is a group with both policies on the router's interfaces in web and app", async () => {
    const resources = await store("prod", { access: { firewall: "stateful" } });
    const of = (kind: string) => resources.filter(({ type }) => type === `openstack:firewall/${kind}`);
    const [group, ...others] = of("groupV2:GroupV2");
    assert.deepEqual(others, []);
    assert.deepEqual(plain(group?.props.ports), ["port-of-store-edge-web", "port-of-store-edge-app"]);
    assert.equal(group?.props.ingressFirewallPolicyId, "id-of-store-firewall-ingress");
    assert.equal(group?.props.egressFirewallPolicyId, "id-of-store-firewall-egress");
    const rules = of("ruleV2:RuleV2");
    for (const { name, props } of of("policyV2:PolicyV2")) {
      const own = rules.filter((rule) => rule.name.startsWith(`${name}-`)).map((rule) => `id-of-${rule.name}`);
      assert.ok(own.length >= 3, name);
      assert.deepEqual(plain(props.rules), own);
    }
  });

  it("is refused where the web subnet and its router are the user's", () => {
    const network = { web: { subnet: "theirs", cidr: "10.20.0.0/24" } };
    assert.throws(
      () => small({ firewall: "stateful" }, { network }),
      /access\.firewall.*must go: network\.web\.subnet is yours, and so is its router/,
    );
  });

  it("needs room in the quotas of FWaaS", async () => {
    const nothing = async () => ({});
    const list = async () => [];
    const cloud = Object.assign(Object.create(null), {
      has: () => false,
      subnets: list,
      flavors: list,
      balancers: list,
      computeLimits: nothing,
      volumeLimits: nothing,
      networkQuota: async () => ({
        firewall_group: { limit: 10, used: 10 },
        firewall_policy: { limit: 10, used: 9 },
        firewall_rule: { limit: 3, used: 0 },
      }),
    });
    const found = await quotas(cloud, small({ firewall: "stateful" }), "shop-dev");
    const said = found.filter(({ state }) => state === "wrong").map(({ text }) => text);
    assert.deepEqual(said, [
      "firewall groups: 1 needed, 0 free of 10",
      "firewall policies: 2 needed, 1 free of 10",
      "firewall rules: 5 needed, 3 free of 3",
    ]);
  });
});
