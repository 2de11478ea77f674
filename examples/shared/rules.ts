/** Rules of a server that is no tier's, as one table; what is not in it is refused, in both directions. */
import { type SecurityRule, allow as toGroup } from "../../components/core/security-rule";
import { platformRules as ofPlatform } from "../../components/features/connections";
import type { ConsumerConfig } from "./config";

export type Rule = Omit<SecurityRule, "tier">;

/** The stack has one group only. */
const GROUP = "own";

export function allow(
  direction: Rule["direction"],
  protocol: Rule["protocol"],
  port: number,
  cidrs: readonly string[],
  reason: string,
): Rule[] {
  return toGroup(GROUP, direction, protocol, port, cidrs, reason);
}

/** What every server needs beside its job. @param subnet CIDR in which Neutron's own resolvers are */
export function platformRules(
  { access, dnsServers }: Pick<ConsumerConfig, "access" | "dnsServers">,
  subnet: string,
): Rule[] {
  return ofPlatform(GROUP, { access, dnsServers, subnet, leadsOut: true });
}

/** The rules without duplicates in Neutron's eyes, by a name that tells them apart. */
export function named(rules: readonly Rule[]): Map<string, Rule> {
  const name = ({ direction, protocol, port, cidr }: Rule) => `${direction}-${protocol}-${port}-${cidr}`;
  return new Map(rules.map((rule) => [name(rule), rule]));
}
