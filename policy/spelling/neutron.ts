/**
 * Properties of security-group rules as Neutron takes them: many spellings are one value. Neutron's `convert_ip_prefix_to_cidr`
 * is `netaddr.IPNetwork`, its `convert_protocol` is `int` or a name. What is empty, the provider does not send.
 * test/engine/spellings.test.ts compares with Neutron's own code.
 */
import { isIPv4, isIPv6 } from "node:net";
import { int } from "./python";

export interface Prefix {
  readonly version: 4 | 6;
  /** Without shortening, host bits and all. */
  readonly address: string;
  /** Bits. */
  readonly length: number;
}

/** A value that Neutron of today refuses. Earlier ones took more spellings, such as `0/0`. */
export const REFUSED = "refused";

const WIDTH = { 4: 32, 6: 128 } as const;
const WORDS = { 4: 4, 6: 8 } as const;

/** @param text an address with or without `/` and bits, netmask or hostmask; not empty */
export function prefixOf(text: string): Prefix | typeof REFUSED {
  const slash = text.indexOf("/");
  const [host, mask] = slash < 0 ? [text, undefined] : [text.slice(0, slash), text.slice(slash + 1)];
  const version = versionOf(host);
  if (version === undefined) return REFUSED;
  const length = mask === undefined ? WIDTH[version] : lengthOf(mask, version);
  if (length === undefined || length < 0 || length > WIDTH[version]) return REFUSED;
  const words = wordsOf(host, version);
  return { version, address: version === 4 ? words.join(".") : hexadecimal(words).join(":"), length };
}

function versionOf(address: string): 4 | 6 | undefined {
  if (isIPv4(address)) return 4;
  // Node takes a zone behind the address, inet_pton does not.
  return isIPv6(address) && !address.includes("%") ? 6 : undefined;
}

/** The numbers of an address that is one: 4 of 8 bits, or 8 of 16 bits. `ipaddr.js` takes `::0.0.0.0` for `::ffff:0.0.0.0`. */
function wordsOf(address: string, version: 4 | 6): number[] {
  if (version === 4) return address.split(".").map(Number);
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [a = 0, b = 0, c = 0, d = 0] = tail?.slice(1).map(Number) ?? [];
  const groups = tail ? address.slice(0, tail.index) + hexadecimal([a * 256 + b, c * 256 + d]).join(":") : address;
  const [left = [], right = []] = groups.split("::").map((side) => side.split(":").filter(Boolean));
  const between = Array<string>(WORDS[6] - left.length - right.length).fill("0");
  return [...left, ...between, ...right].map((word) => Number.parseInt(word, 16));
}

const hexadecimal = (words: readonly number[]) => words.map((word) => word.toString(16));

/** Bits of what stands behind the slash: a number, a netmask, or a mask of the host's part. */
function lengthOf(mask: string, version: 4 | 6): number | undefined {
  const number = int(mask);
  if (number !== undefined) return number;
  if (versionOf(mask) !== version) return undefined;
  const bits = wordsOf(mask, version)
    .map((word) => word.toString(2).padStart(WIDTH[version] / WORDS[version], "0"))
    .join("");
  const [, ones = "", rest = ""] = /^(1*)(0*)$/.exec(bits) ?? [];
  if (ones || rest) return ones.length;
  return /^(0*)1*$/.exec(bits)?.[1]?.length;
}

/** Names that Neutron knows, with their numbers. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  icmpv6: 58,
  igmp: 2,
  ip: 0,
  ipip: 4,
  "ipv6-encap": 41,
  "ipv6-frag": 44,
  "ipv6-icmp": 58,
  "ipv6-nonxt": 59,
  "ipv6-opts": 60,
  "ipv6-route": 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};

/** @returns the number; `any` for every protocol, which 0 is to iptables too */
export function protocolOf(text: string | undefined): number | "any" | typeof REFUSED {
  if (text === undefined || text === "") return "any";
  const name = text.toLowerCase();
  if (name === "any") return "any";
  const number = int(text) ?? (Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined);
  if (number === undefined || number < 0 || number > 255) return REFUSED;
  return number === 0 ? "any" : number;
}
