/** One allowed connection, a line of the table of rules. */
export interface SecurityRule {
  /** Name of the group of servers that it is for. */
  readonly tier: string;
  readonly direction: "ingress" | "egress";
  readonly protocol: "tcp" | "udp" | "vrrp";
  /** None where the protocol has no ports. */
  readonly port: number | undefined;
  readonly cidr: string;
  /** Why the rule exists, shown as its description. */
  readonly reason: string;
}

export const PORTS = {
  http: 80,
  https: 443,
  mysql: 3306,
  ssh: 22,
  dns: 53,
  dhcp: 67,
  ntp: 123,
  haproxyPeers: 1025,
  galera: 4567,
  galeraMissed: 4568,
  galeraCopy: 4444,
  pairTold: 4569,
} as const;

/** A rule for each CIDR. @param tier name of the group of servers @param port none where the protocol has no ports */
export function allow(
  tier: string,
  direction: SecurityRule["direction"],
  protocol: SecurityRule["protocol"],
  port: SecurityRule["port"],
  sources: readonly string[],
  reason: string,
): SecurityRule[] {
  return sources.map((cidr) => ({ tier, direction, protocol, port, cidr, reason }));
}

/** Neutron takes a rule once. Of two the last one's reason is shown. */
export function distinctRules(rules: readonly SecurityRule[]): SecurityRule[] {
  return [...new Map(rules.map((rule) => [ruleKey(rule), rule])).values()];
}

/** What makes two rules the same to Neutron, which answers 409 to the second; also the rule's logical name. */
export function ruleKey({ tier, direction, protocol, port, cidr }: SecurityRule): string {
  return [tier, direction, protocol, ...(port === undefined ? [] : [port]), cidr].join("-");
}
