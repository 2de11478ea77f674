/** Which CIDRs are the world, and what a rule of a security group lets through. */
import ipaddr from "ipaddr.js";
import type { Props } from "../resources";

/** Prefixes shorter than these are the world, also in two halves such as 0.0.0.0/1 and 128.0.0.0/1. */
const NARROWEST_WORLD = { ipv4: 8, ipv6: 16 };

/** @param cidr empty or missing: everybody, as Neutron takes it */
export function isWorld(cidr: string | undefined): boolean {
  if (cidr === undefined || cidr === "") return true;
  if (!ipaddr.isValidCIDR(cidr)) return false;
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  return prefix < NARROWEST_WORLD[address.kind()];
}

/** Whether an address lies in a CIDR; what cannot be read, since it is not known yet, may well be right. */
export function contains(cidr: string | undefined, address: string): boolean {
  if (cidr === undefined || cidr === "" || !ipaddr.isValidCIDR(cidr) || !ipaddr.isValid(address)) return true;
  const [block, one] = [ipaddr.parseCIDR(cidr), ipaddr.parse(address)];
  return one.kind() === block[0].kind() && one.match(block);
}

type RuleProps = Props<"openstack:networking/secGroupRule:SecGroupRule">;

/** Whether a rule lets a TCP or UDP port through; no range is all of them, no protocol is every one. */
export function admits({ protocol, portRangeMin, portRangeMax }: RuleProps, port: number): boolean {
  if (protocol && !["tcp", "udp", "6", "17"].includes(protocol.toLowerCase())) return false;
  if (!portRangeMin && !portRangeMax) return true;
  return (portRangeMin ?? 0) <= port && port <= (portRangeMax ?? 65_535);
}
