/** IPv4 arithmetic on `a.b.c.d/len` text; parsing is ipaddr.js's, strict four-part decimal. */
import ipaddr from "ipaddr.js";

export interface Cidr {
  readonly text: string;
  /** First address of the block, as an unsigned 32-bit number. */
  readonly first: number;
  /** Last address of the block (the broadcast address of a subnet). */
  readonly last: number;
  readonly prefix: number;
}

/** True for `a.b.c.d` in plain decimal. */
export function isIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/**
 * Parses `a.b.c.d/len`.
 * @returns undefined when the text is no IPv4 CIDR or has bits set right of the prefix (`10.0.0.1/24`).
 */
export function parseCidr(text: string): Cidr | undefined {
  const [address, length, ...rest] = text.split("/");
  if (!address || !length || rest.length > 0 || !isIpv4(address) || !/^(0|[1-9]\d?)$/.test(length)) return undefined;
  const prefix = Number(length);
  if (prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const first = toNumber(address);
  return first % size === 0 ? { text, first, last: first + size - 1, prefix } : undefined;
}

/** Parses a CIDR that has been validated before; throws a RangeError naming the text otherwise. */
export function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new RangeError(`"${text}" is not an IPv4 CIDR such as 10.20.0.0/24`);
  return cidr;
}

/** The n-th address of the block; negative n counts from its end (-1 is the last one). */
export function hostAt(cidr: Cidr, n: number): string {
  const address = n >= 0 ? cidr.first + n : cidr.last + 1 + n;
  if (address < cidr.first || address > cidr.last) throw new RangeError(`${cidr.text} has no address number ${n}`);
  return toText(address);
}

/** Position of an address in the block, 0 for the network address; undefined when it lies outside. */
export function indexIn(cidr: Cidr, address: string): number | undefined {
  const at = toNumber(address);
  return at >= cidr.first && at <= cidr.last ? at - cidr.first : undefined;
}

/** The world, or much of it, is nobody in particular. */
const SHORTEST_OF_SOMEBODY = 8;

/** CIDRs that name particular clients, `/8` or longer. */
export function ofSomebody(cidrs: readonly string[]): string[] {
  return cidrs.filter((text) => cidrOf(text).prefix >= SHORTEST_OF_SOMEBODY);
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Whether all of the second lies in the first. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function sizeOf(cidr: Cidr): number {
  return cidr.last - cidr.first + 1;
}
