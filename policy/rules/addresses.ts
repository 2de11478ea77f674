/** Which CIDRs are the world, and what a rule of a security group lets through. */
import ipaddr from "ipaddr.js";
import { type Props, UNKNOWN } from "../resources";
import { prefixOf, protocolOf, REFUSED } from "../spelling/neutron";

/** Prefixes shorter than these are the world, also in two halves such as 0.0.0.0/1 and 128.0.0.0/1. */
const NARROWEST_WORLD = { 4: 8, 6: 16 };

/**
 * @param cidr empty or missing: everybody, as Neutron takes it. What Neutron of today cannot read counts as everybody too: an
 *   earlier one may read it, as it did `0/0`.
 */
export function isWorld(cidr: string | undefined): boolean {
  if (cidr === UNKNOWN) return false;
  if (cidr === undefined || cidr === "") return true;
  const prefix = prefixOf(cidr);
  return prefix === REFUSED || prefix.length < NARROWEST_WORLD[prefix.version];
}

/** Whether an address lies in a CIDR; what cannot be read, since it is not known yet, may well be right. */
export function contains(cidr: string | undefined, address: string): boolean {
  if (cidr === undefined || cidr === "" || !ipaddr.isValid(address)) return true;
  const prefix = prefixOf(cidr);
  if (prefix === REFUSED) return true;
  const [network, one] = [ipaddr.parse(prefix.address), ipaddr.parse(address)];
  return one.kind() === network.kind() && one.match(network, prefix.length);
}

type RuleProps = Props<"openstack:networking/secGroupRule:SecGroupRule">;

/** What can carry connections to a port: every protocol, TCP, UDP, and what cannot be read. */
const WITH_PORTS: readonly unknown[] = ["any", 6, 17, REFUSED];

/** Whether a rule lets a TCP or UDP port through; no range is all of them, no protocol is every one. */
export function admits({ protocol, portRangeMin, portRangeMax }: RuleProps, port: number): boolean {
  if (!WITH_PORTS.includes(protocolOf(protocol))) return false;
  if (!portRangeMin && !portRangeMax) return true;
  return (portRangeMin ?? 0) <= port && port <= (portRangeMax ?? 65_535);
}
