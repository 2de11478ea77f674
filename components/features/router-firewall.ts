/**
 * What a firewall at the router of web and app lets through: the lines of the table of connections whose other end is beyond
 * that router, and what Octavia's listeners are open to. Everything else is refused there too, in both directions.
 */
import { slotsOf } from "../config/balancing-schema";
import type { StoreConfig } from "../config/schema";
import { addressPlan } from "../core/address-plan";
import { cidrOf, contains } from "../core/cidr";
import { PORTS, type SecurityRule } from "../core/security-rule";
import { connectionFacts, ruleTable } from "./connections";
import type { ConnectionFacts } from "./feature";

/** A connection as routers see it; a reply has the port at its source. */
export interface RouterRule {
  /** As FWaaS sees a router's port: ingress goes into the network behind it. */
  readonly direction: "ingress" | "egress";
  readonly protocol: "tcp" | "udp";
  readonly source: string;
  readonly sourcePort?: number;
  readonly destination: string;
  readonly destinationPort?: number;
  readonly reason: string;
}

/** Networks of which the router has an interface. */
const INSIDE = ["web", "app"] as const;

/** @param ports of Keystone and Swift, as `connectionFacts` takes them @returns none where no firewall is asked for */
export function routerRules(config: StoreConfig, ...ports: readonly (readonly number[] | undefined)[]): RouterRule[] {
  const { firewall } = config.access;
  if (!firewall) return [];
  const facts = connectionFacts(config, ...ports);
  const rules = [...listeners(config, facts), ...crossing(ruleTable(facts), facts)];
  const all = firewall === "stateless" ? rules.flatMap((rule) => [rule, replyTo(rule)]) : rules;
  return [...new Map(all.map((rule) => [routerRuleKey(rule), rule])).values()];
}

/** Octavia's own ports stand in no line of the table; who may come to its listeners is the same. */
function listeners(
  { access, balancing, network }: StoreConfig,
  { cidrs, appVip, services = {} }: ConnectionFacts,
): RouterRule[] {
  if (balancing.driver !== "octavia") return [];
  const webVip = addressPlan(network.web.cidr, network.web.address, slotsOf(balancing)).fixedIp;
  const open = (clients: readonly string[], vip: string, destinationPort: number, reason: string) =>
    clients.map((source): RouterRule => {
      return { direction: "ingress", protocol: "tcp", source, destination: `${vip}/32`, destinationPort, reason };
    });
  return [
    ...[PORTS.http, ...(balancing.tls ? [PORTS.https] : [])].flatMap((port) =>
      open(access.shoppers, webVip, port, "shoppers' requests"),
    ),
    ...[appVip, ...Object.values(services)].flatMap((vip) =>
      open([cidrs.web], vip, PORTS.http, "web servers' requests"),
    ),
  ];
}

/** The table's lines that cross the router. What is between app and db has a router of its own. */
function crossing(table: readonly SecurityRule[], { groups, cidrs }: ConnectionFacts): RouterRule[] {
  return table.flatMap(({ tier: group, direction, protocol, port, cidr, reason }): RouterRule[] => {
    const tier = INSIDE.find((name) => groups.some((one) => one.name === group && one.tier === name));
    if (!tier || protocol === "vrrp" || port === undefined || port === PORTS.dhcp) return [];
    if ([cidrs[tier], cidrs.db].some((near) => contains(cidrOf(near), cidrOf(cidr)))) return [];
    const [source, destination] = direction === "ingress" ? [cidr, cidrs[tier]] : [cidrs[tier], cidr];
    return [{ direction, protocol, source, destination, destinationPort: port, reason }];
  });
}

/** For drivers that remember no connections. Servers' security groups do, and refuse what is no reply. */
function replyTo({ direction, protocol, source, destination, destinationPort, reason }: RouterRule): RouterRule {
  return {
    direction: direction === "ingress" ? "egress" : "ingress",
    protocol,
    source: destination,
    ...(destinationPort === undefined ? {} : { sourcePort: destinationPort }),
    destination: source,
    reason: `replies: ${reason}`,
  };
}

/** What makes two rules the same; also the rule's logical name. */
export function routerRuleKey(rule: RouterRule): string {
  const { direction, protocol, source, sourcePort, destination, destinationPort } = rule;
  const end = (cidr: string, port: number | undefined) => (port === undefined ? cidr : `${cidr}-${port}`);
  return [direction, protocol, end(source, sourcePort), "to", end(destination, destinationPort)].join("-");
}
