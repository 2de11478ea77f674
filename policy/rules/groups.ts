/** What security groups hold as a whole: nothing twice, and the way in for the balancer. */
import { PORTS } from "../../components/core/security-rule";
import { partsOf } from "../graph";
import { isGiven, isKind, type SeenInStore, type Store, tierOf } from "../resources";
import { storeRule } from "../rule";
import { prefixOf, protocolOf, REFUSED } from "../spelling/neutron";
import { admits, contains } from "./addresses";
import { balancersOf } from "./balancing-servers";
import { elasticGroups, memberProperties } from "./heat-template";

const RULE = "openstack:networking/secGroupRule:SecGroupRule";
const GROUP = "openstack:networking/secGroup:SecGroup";
const MEMBER = "openstack:loadbalancer/member:Member";
const PORT = "openstack:networking/port:Port";

const groupsOf = (rule: SeenInStore<typeof RULE>) =>
  rule.sources("securityGroupId").filter(({ kind }) => kind === GROUP);

export const noRuleTwice = storeRule({
  name: "network-no-rule-twice",
  concern: "network",
  severity: "medium",
  reason: "Neutron answers 409 to a rule that a group has already, and the run ends with half a store.",
  remediation: "render the rules of a group from one table without duplicates.",
  judgeStore: (store, report) => {
    const first = new Map<string, SeenInStore>();
    for (const rule of store.of(RULE)) {
      const { direction, ethertype, portRangeMin, portRangeMax, remoteIpPrefix } = rule.props;
      const protocol = protocolOf(rule.props.protocol);
      const ends = [...groupsOf(rule), ...rule.sources("remoteGroupId")].map(({ urn }) => urn);
      const what = JSON.stringify([
        ends,
        direction,
        ethertype,
        protocol,
        portRangeMin,
        portRangeMax,
        peers(remoteIpPrefix),
      ]);
      const other = first.get(what);
      if (other) report(`says the same as ${other.name}`, rule);
      else first.set(what, rule);
    }
  },
});

/** Neutron tells apart `0.0.0.0/0` and no prefix at all as little as spellings of one network. */
function peers(cidr = ""): string {
  const prefix = cidr === "" ? REFUSED : prefixOf(cidr);
  if (prefix === REFUSED) return cidr;
  const { address, length } = prefix;
  return length === 0 ? "" : `${address}/${length}`;
}

interface Probe {
  readonly tier: string;
  /** Address of the balancer. */
  readonly from: string;
  readonly port: number;
}

/** What balancers probe: each tier's servers, on the port of its members. */
function probes(store: Store): Probe[] {
  return [...octaviaProbes(store), ...haproxyProbes(store)];
}

/** Octavia probes from the VIP's subnet. */
function octaviaProbes(store: Store): Probe[] {
  return [...partsOf(store)].flatMap(([balancer, parts]) => {
    const tier = tierOf(balancer);
    const { vipAddress: from } = balancer.props;
    if (tier === undefined || from === undefined) return [];
    const ports = [
      ...parts.filter((part) => isKind(part, MEMBER)).map(({ props }) => props.protocolPort),
      ...elasticGroups(parts).flatMap(({ group }) => {
        const { pool_port: http, https_pool_port: https } = memberProperties(group);
        return [http, ...(https === undefined ? [] : [https])];
      }),
    ];
    return [...new Set(ports.map(Number))].map((port) => ({ tier, from, port }));
  });
}

/** HAProxy's servers probe from addresses of their own. */
function haproxyProbes(store: Store): Probe[] {
  return (["web", "app"] as const).flatMap((tier) =>
    balancersOf(store, tier)
      .flatMap((server) => server.sources("networks"))
      .flatMap((port) => (isKind(port, PORT) ? (port.props.fixedIps ?? []) : []))
      .flatMap(({ ipAddress: from }) => (from === undefined ? [] : [{ tier, from, port: PORTS.http }])),
  );
}

export const membersReachable = storeRule({
  name: "balancing-members-reachable",
  concern: "balancing",
  severity: "high",
  reason: "A balancer's own ports are in no group of ours: a rule that admits a group does not admit the balancer.",
  remediation: "admit the CIDR of the balancer's subnet to the members' port.",
  judgeStore: (store, report) => {
    for (const { tier, from, port } of probes(store)) {
      for (const group of store.of(GROUP).filter((one) => tierOf(one) === tier)) {
        const rules = store.of(RULE).filter((rule) => groupsOf(rule).includes(group));
        const lets = rules.some(
          (rule) =>
            rule.props.direction === "ingress" &&
            !isGiven(rule, "remoteGroupId") &&
            contains(rule.props.remoteIpPrefix, from) &&
            admits(rule.props, port),
        );
        if (!lets) report(`does not let the balancer at ${from} to port ${port}`, group);
      }
    }
  },
});
