/** Which CIDRs are the world. */
import ipaddr from "ipaddr.js";

/** Prefixes shorter than these are the world, also in two halves such as 0.0.0.0/1 and 128.0.0.0/1. */
const NARROWEST_WORLD = { ipv4: 8, ipv6: 16 };

/** @param cidr empty or missing: everybody, as Neutron takes it */
export function isWorld(cidr: string | undefined): boolean {
  if (cidr === undefined || cidr === "") return true;
  if (!ipaddr.isValidCIDR(cidr)) return false;
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  return prefix < NARROWEST_WORLD[address.kind()];
}
