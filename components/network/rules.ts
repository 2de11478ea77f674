/**
 * Which part may connect to which: one table, from which the security groups are rendered. Everything that is not in it is
 * refused, in both directions. Remote ends are CIDRs, not group ids, so that policies read all of it in a first preview.
 */
import type { AccessConfig, Part, Tier } from "../config/schema";
import { type HaproxyRuleArgs, haproxyRules } from "./haproxy-rules";
import { allow, PORTS, ruleKey, type SecurityRule } from "./rule";

export interface RuleTableArgs {
  /** CIDR of each tier's subnet. */
  readonly cidrs: Readonly<Record<Tier, string>>;
  /** Addresses of the app balancer's VIP and of the database. */
  readonly appVip: string;
  readonly database: string;
  readonly access: AccessConfig;
  /** Ports of the OpenStack endpoints that app servers use; none known: 443. */
  readonly servicePorts?: readonly number[] | undefined;
  /** Port of the mail relay; none: the shop sends no mail. */
  readonly mailPort?: number | undefined;
  /** Resolvers that DHCP hands out; none: Neutron's own, inside each subnet. */
  readonly dnsServers: readonly string[];
  /** Whether the database's router has a gateway. */
  readonly databaseEgress: boolean;
  /** What the balancers let members see: requests from the balancer itself, or the clients' own connections. */
  readonly balanced: "requests" | "connections";
  /** TLS ends on the web servers. */
  readonly webServesHttps: boolean;
  /** Balancers that are servers of our own; none: Octavia's. */
  readonly haproxy: readonly HaproxyRuleArgs[];
}

/** Nova's metadata service, the source of every server's user data. */
export const METADATA = "169.254.169.254/32";
export const BROADCAST = "255.255.255.255/32";

/** The whole table, without duplicates, in a stable order. */
export function ruleTable(args: RuleTableArgs): SecurityRule[] {
  const { cidrs } = args;
  const rules = [
    ...(args.balanced === "connections" ? connections(args) : requests(args)),
    allow("app", "egress", "tcp", PORTS.mysql, [`${args.database}/32`], "next tier: the database"),
    allow("db", "ingress", "tcp", PORTS.mysql, [cidrs.app], "app servers' queries"),
    ...platform("web", "web", args, true),
    ...platform("app", "app", args, true),
    ...platform("db", "db", args, args.databaseEgress),
    ...outgoing(args),
    ...args.haproxy.flatMap((pair) => [
      ...haproxyRules(pair),
      ...platform(`${pair.tier}-balancer`, pair.tier, args, true),
    ]),
  ].flat();
  return [...new Map(rules.map((rule) => [ruleKey(rule), rule])).values()];
}

/** Octavia's balancers that take requests speak to the servers from addresses in the servers' own subnet. */
function requests({ cidrs, appVip, haproxy }: RuleTableArgs): SecurityRule[][] {
  const onward = allow("web", "egress", "tcp", PORTS.http, [`${appVip}/32`], "next tier: the app balancer");
  if (haproxy.length > 0) return [onward];
  return [
    allow("web", "ingress", "tcp", PORTS.http, [cidrs.web], "shoppers' requests, from the balancer in the web subnet"),
    onward,
    allow(
      "app",
      "ingress",
      "tcp",
      PORTS.http,
      [cidrs.app],
      "web servers' requests, from the balancer in the app subnet",
    ),
  ];
}

/**
 * Balancers that pass connections on leave the client's address as it is, and check from one in the servers' subnet. OVN
 * rewrites the destination before it looks at the rules of a connection that stands, so the way to the next tier is
 * open to the servers behind its VIP too.
 */
function connections({ cidrs, access, webServesHttps }: RuleTableArgs): SecurityRule[][] {
  const open = [PORTS.http, ...(webServesHttps ? [PORTS.https] : [])];
  return [
    ...open.flatMap((port) => [
      allow("web", "ingress", "tcp", port, access.shoppers, "shoppers' connections, passed on by the balancer"),
      allow("web", "ingress", "tcp", port, [cidrs.web], "the balancer's checks, from the web subnet"),
    ]),
    allow("web", "egress", "tcp", PORTS.http, [cidrs.app], "next tier: the app balancer, and the servers behind it"),
    allow("app", "ingress", "tcp", PORTS.http, [cidrs.web], "web servers' connections, passed on by the balancer"),
    allow("app", "ingress", "tcp", PORTS.http, [cidrs.app], "the balancer's checks, from the app subnet"),
  ];
}

/** What the shop reaches beyond the tiers; only app servers may. */
function outgoing({ access, mailPort }: RuleTableArgs): SecurityRule[][] {
  return [
    ...(mailPort === undefined ? [] : [allow("app", "egress", "tcp", mailPort, access.mail, "mail relay")]),
    allow("app", "egress", "tcp", PORTS.https, access.payments, "payment gateways"),
  ];
}

/** What every server needs beside its job. @param network where it is @param outside whether its router leads out */
function platform(
  tier: Part,
  network: Tier,
  { access, cidrs, dnsServers, servicePorts = [PORTS.https] }: RuleTableArgs,
  outside: boolean,
): SecurityRule[][] {
  const resolvers = outside && dnsServers.length > 0 ? dnsServers.map((address) => `${address}/32`) : [cidrs[network]];
  const always = [
    allow(tier, "ingress", "tcp", PORTS.ssh, access.admins, "administration"),
    // OVN judges a server's search for its address like everything else; other backends let it pass by themselves.
    allow(tier, "egress", "udp", PORTS.dhcp, [BROADCAST, cidrs[network]], "its address"),
    allow(tier, "egress", "tcp", PORTS.http, [METADATA], "metadata service"),
    allow(tier, "egress", "udp", PORTS.dns, resolvers, "name resolution"),
    allow(tier, "egress", "tcp", PORTS.dns, resolvers, "name resolution"),
  ];
  if (!outside) return always;
  return [
    ...always,
    allow(tier, "egress", "udp", PORTS.ntp, access.ntp, "time"),
    allow(tier, "egress", "tcp", PORTS.http, access.packages, "package mirrors"),
    allow(tier, "egress", "tcp", PORTS.https, access.packages, "package mirrors"),
    ...(tier === "app"
      ? servicePorts.map((port) => allow(tier, "egress", "tcp", port, access.services, "OpenStack endpoints"))
      : []),
    ...(tier === "db" ? [allow(tier, "egress", "tcp", PORTS.https, access.services, "OpenStack endpoints")] : []),
  ];
}
