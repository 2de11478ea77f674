/**
 * Who may talk to whom: one table, from which the security groups are rendered. Everything that is not in it is
 * refused, in both directions. Remote ends are CIDRs, not group ids, so that policies read all of it in a first preview.
 */
import type { AccessConfig, Tier } from "../config/schema";

export interface SecurityRule {
  readonly tier: Tier;
  readonly direction: "ingress" | "egress";
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly cidr: string;
  /** Why the rule exists, shown as its description. */
  readonly reason: string;
}

export interface RuleTableArgs {
  /** CIDR of each tier's subnet. */
  readonly cidrs: Readonly<Record<Tier, string>>;
  /** Addresses of the app balancer's VIP and of the database. */
  readonly appVip: string;
  readonly database: string;
  readonly access: AccessConfig;
  /** Resolvers that DHCP hands out; none: Neutron's own, inside each subnet. */
  readonly dnsServers: readonly string[];
  /** Whether the database's router has a gateway. */
  readonly databaseEgress: boolean;
  /** What the balancers let members see: requests from the balancer itself, or the clients' own connections. */
  readonly balanced: "requests" | "connections";
  /** TLS ends on the web servers. */
  readonly webServesHttps: boolean;
}

export const PORTS = { http: 80, https: 443, mysql: 3306, ssh: 22, dns: 53, dhcp: 67, ntp: 123 } as const;
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
    ...platform("web", args, true),
    ...platform("app", args, true),
    ...platform("db", args, args.databaseEgress),
  ].flat();
  return [...new Map(rules.map((rule) => [ruleKey(rule), rule])).values()];
}

/** Balancers that take requests speak to the servers from addresses in the servers' own subnet. */
function requests({ cidrs, appVip }: RuleTableArgs): SecurityRule[][] {
  return [
    allow("web", "ingress", "tcp", PORTS.http, [cidrs.web], "shoppers' requests, from the balancer in the web subnet"),
    allow("web", "egress", "tcp", PORTS.http, [`${appVip}/32`], "next tier: the app balancer"),
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

/** What every server needs beside its job; `outside` says whether its router leads out. */
function platform(tier: Tier, { access, cidrs, dnsServers }: RuleTableArgs, outside: boolean): SecurityRule[][] {
  const resolvers = outside && dnsServers.length > 0 ? dnsServers.map((address) => `${address}/32`) : [cidrs[tier]];
  const always = [
    allow(tier, "ingress", "tcp", PORTS.ssh, access.admins, "administration"),
    // OVN judges a server's search for its address like everything else; other backends let it pass by themselves.
    allow(tier, "egress", "udp", PORTS.dhcp, [BROADCAST, cidrs[tier]], "its address"),
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
    ...(tier === "web" ? [] : [allow(tier, "egress", "tcp", PORTS.https, access.services, "OpenStack endpoints")]),
  ];
}

function allow(
  tier: Tier,
  direction: SecurityRule["direction"],
  protocol: SecurityRule["protocol"],
  port: number,
  sources: readonly string[],
  reason: string,
): SecurityRule[] {
  return sources.map((cidr) => ({ tier, direction, protocol, port, cidr, reason }));
}

/** What makes two rules the same to Neutron, which answers 409 to the second; also the rule's logical name. */
export function ruleKey({ tier, direction, protocol, port, cidr }: SecurityRule): string {
  return `${tier}-${direction}-${protocol}-${port}-${cidr}`;
}
