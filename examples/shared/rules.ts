/** Rules of a server that is no tier's, as one table; what is not in it is refused, in both directions. */
import { PORTS, type SecurityRule } from "../../components/core/security-rule";
import { BROADCAST, METADATA } from "../../components/features/connections";
import type { ConsumerConfig } from "./config";

export type Rule = Omit<SecurityRule, "tier" | "protocol" | "port"> & {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
};

export function allow(
  direction: Rule["direction"],
  protocol: Rule["protocol"],
  port: number,
  cidrs: readonly string[],
  reason: string,
): Rule[] {
  return cidrs.map((cidr) => ({ direction, protocol, port, cidr, reason }));
}

/** What every server needs beside its job. @param subnet CIDR in which Neutron's own resolvers are */
export function platformRules(
  { access, dnsServers }: Pick<ConsumerConfig, "access" | "dnsServers">,
  subnet: string,
): Rule[] {
  const resolvers = dnsServers.length > 0 ? dnsServers.map((address) => `${address}/32`) : [subnet];
  return [
    ...allow("ingress", "tcp", PORTS.ssh, access.admins, "administration"),
    ...allow("egress", "udp", PORTS.dhcp, [BROADCAST, subnet], "its address"),
    ...allow("egress", "tcp", PORTS.http, [METADATA], "metadata service"),
    ...allow("egress", "udp", PORTS.dns, resolvers, "name resolution"),
    ...allow("egress", "tcp", PORTS.dns, resolvers, "name resolution"),
    ...allow("egress", "udp", PORTS.ntp, access.ntp, "time"),
    ...allow("egress", "tcp", PORTS.http, access.packages, "package mirrors"),
    ...allow("egress", "tcp", PORTS.https, access.packages, "package mirrors"),
  ];
}

/** The rules without duplicates in Neutron's eyes, by a name that tells them apart. */
export function named(rules: readonly Rule[]): Map<string, Rule> {
  const name = ({ direction, protocol, port, cidr }: Rule) => `${direction}-${protocol}-${port}-${cidr}`;
  return new Map(rules.map((rule) => [name(rule), rule]));
}
