/**
 * Which address of a tier's subnet serves what. Computed from the CIDR alone, so that every address that other
 * tiers and policies refer to is known before the first API call.
 *
 *     .0 network   .1 gateway   .2 second router   .10 fixed IP (balancer VIP or database)
 *     .11 .12 servers that share the fixed IP: HAProxy's, a pair of databases   .14 keeper of such a pair   .16… DHCP pool
 *     .3 … .9 .15 VIPs of services with clusters of their own, in the app subnet
 */
import { cidrOf, hostAt, sizeOf } from "./cidr";
import { SERVICES, type Service } from "./services";

const GATEWAY = 1;
const SECOND_ROUTER = 2;
const FIXED_IP = 10;
/** Two of them, whichever the fixed IP leaves. */
const SHARERS = [11, 12, 13];
/** The same for a single one. */
const KEEPER = [14, 15];
/** Nine, of which the fixed IP and the keeper may have one. */
const SERVICE_VIPS = [3, 4, 5, 6, 7, 8, 9, 15, FIXED_IP];
/** Addresses below this index are the plan's; Neutron hands out the ones from it on. */
export const POOL_START = 16;
/** Smallest subnet the plan fits in, with 15 addresses left for servers. */
export const LONGEST_PREFIX = 27;
/** Addresses of the pool that servers cannot have: DHCP ports, amphorae, servers being replaced. */
export const POOL_HEADROOM = 6;
/** How many of these are for servers being replaced. */
export const SPARE_ADDRESSES = 2;

export interface AddressPlan {
  readonly gateway: string;
  /** Leg of the data router in the app subnet: next hop of app servers towards the database. */
  readonly secondRouter: string;
  readonly fixedIp: string;
  readonly pool: { readonly start: string; readonly end: string };
  /** Own addresses of the two servers that share the fixed IP, where HAProxy balances, or two databases are a pair. */
  readonly sharers: readonly [string, string];
  /** Of the keeper where databases are a pair, in the app network. */
  readonly keeper: string;
  /** VIPs of services, one for each that there may be, in the app network. */
  readonly services: Readonly<Record<Service, string>>;
}

/**
 * The plan of one subnet.
 * @param fixedIp overrides the computed address of the VIP or the database
 * @param slots largest size of the pool, where somebody must know all of its addresses
 */
export function addressPlan(cidrText: string, fixedIp?: string, slots?: number): AddressPlan {
  const cidr = cidrOf(cidrText);
  const shared = fixedIp ?? hostAt(cidr, FIXED_IP);
  const free = (indexes: readonly number[]) => indexes.map((n) => hostAt(cidr, n)).filter((one) => one !== shared);
  const [first = "", second = ""] = free(SHARERS);
  const [keeper = ""] = free(KEEPER);
  return {
    gateway: hostAt(cidr, GATEWAY),
    secondRouter: hostAt(cidr, SECOND_ROUTER),
    fixedIp: shared,
    pool: { start: hostAt(cidr, POOL_START), end: hostAt(cidr, POOL_START + poolSize(cidrText, slots) - 1) },
    sharers: [first, second],
    keeper,
    services: serviceVips(free(SERVICE_VIPS).filter((one) => one !== keeper)),
  };
}

/** Each has its own, whichever others there are. */
function serviceVips(vips: readonly string[]): Readonly<Record<Service, string>> {
  const of = (name: Service) => vips[SERVICES.indexOf(name)] ?? "";
  return {
    browse: of("browse"),
    search: of("search"),
    item: of("item"),
    image: of("image"),
    recommendation: of("recommendation"),
    cart: of("cart"),
    checkout: of("checkout"),
    ship: of("ship"),
  };
}

/** Every address of the pool, in order. */
export function poolAddresses(cidrText: string, slots: number): string[] {
  const cidr = cidrOf(cidrText);
  return Array.from({ length: poolSize(cidrText, slots) }, (_, index) => hostAt(cidr, POOL_START + index));
}

function poolSize(cidrText: string, slots = Number.POSITIVE_INFINITY): number {
  return Math.min(slots, sizeOf(cidrOf(cidrText)) - 1 - POOL_START);
}

/** How many servers a subnet has room for. @param slots as for `addressPlan` */
export function serverCapacity(cidrText: string, slots?: number): number {
  return Math.max(0, poolSize(cidrText, slots) - POOL_HEADROOM);
}

/** What stands at an index of the plan, or undefined when the address is free for a fixed IP. */
export function reservedFor(cidrText: string, index: number): string | undefined {
  const size = sizeOf(cidrOf(cidrText));
  if (index === 0) return "the network address";
  if (index === GATEWAY) return "the gateway";
  if (index === SECOND_ROUTER) return "the data router's leg";
  if (index === size - 1) return "the broadcast address";
  if (index >= POOL_START) return "inside the DHCP pool";
  return undefined;
}
