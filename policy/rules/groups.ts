/** What security groups hold as a whole: nothing twice, and the way in for the balancer. */
import { partsOf } from "../graph";
import { isGiven, isKind, type SeenInStore, type Store, tierOf } from "../resources";
import { storeRule } from "../rule";
import { admits, contains } from "./addresses";
import { elasticGroups, memberProperties } from "./heat-template";

const RULE = "openstack:networking/secGroupRule:SecGroupRule";
const GROUP = "openstack:networking/secGroup:SecGroup";
const MEMBER = "openstack:loadbalancer/member:Member";

const groupsOf = (rule: SeenInStore<typeof RULE>) =>
  rule.sources("securityGroupId").filter(({ kind }) => kind === GROUP);

export const noRuleTwice = storeRule({
  name: "network-no-rule-twice",
  concern: "network",
  severity: "medium",
  reason: "Neutron answers 409 to a rule that a group has already, and the run ends with half a store.",
  cure: "render the rules of a group from one table without duplicates.",
  judgeStore: (store, report) => {
    const first = new Map<string, SeenInStore>();
    for (const rule of store.of(RULE)) {
      const { direction, ethertype, protocol, portRangeMin, portRangeMax, remoteIpPrefix } = rule.props;
      const ends = [...groupsOf(rule), ...rule.sources("remoteGroupId")].map(({ urn }) => urn);
      const what = JSON.stringify([ends, direction, ethertype, protocol, portRangeMin, portRangeMax, remoteIpPrefix]);
      const other = first.get(what);
      if (other) report(`says the same as ${other.name}`, rule);
      else first.set(what, rule);
    }
  },
});

interface Door {
  readonly tier: string;
  readonly vip: string;
  readonly port: number;
}

/** Where balancers knock: each tier's servers, from the address of its balancer, on the port of its members. */
function doors(store: Store): Door[] {
  return [...partsOf(store)].flatMap(([balancer, parts]) => {
    const tier = tierOf(balancer);
    const { vipAddress: vip } = balancer.props;
    if (tier === undefined || vip === undefined) return [];
    const ports = [
      ...parts.filter((part) => isKind(part, MEMBER)).map(({ props }) => props.protocolPort),
      ...elasticGroups(parts).map(({ group }) => memberProperties(group).pool_port),
    ];
    return [...new Set(ports.map(Number))].map((port) => ({ tier, vip, port }));
  });
}

export const membersReachable = storeRule({
  name: "balancing-members-reachable",
  concern: "balancing",
  severity: "high",
  reason: "A balancer's own ports are in no group of ours: a rule that admits a group does not admit the balancer.",
  cure: "admit the CIDR of the VIP's subnet to the members' port.",
  judgeStore: (store, report) => {
    for (const { tier, vip, port } of doors(store)) {
      for (const group of store.of(GROUP).filter((one) => tierOf(one) === tier)) {
        const rules = store.of(RULE).filter((rule) => groupsOf(rule).includes(group));
        const lets = rules.some(
          (rule) =>
            rule.props.direction === "ingress" &&
            !isGiven(rule, "remoteGroupId") &&
            contains(rule.props.remoteIpPrefix, vip) &&
            admits(rule.props, port),
        );
        if (!lets) report(`does not let the balancer at ${vip} to port ${port}`, group);
      }
    }
  },
});
