/** What a balancer of the chosen kind cannot do is refused, with the kind that can. */
import { serverCapacity } from "../core/address-plan";
import { balancesConnections, CONNECTION_ALGORITHM } from "./balancing-schema";
import type { Mistake, Rule, SoundStore } from "./rule";

type Tier = "web" | "app";
const TIERS: readonly Tier[] = ["web", "app"];

/** What balances requests. */
const INSTEAD = "choose another provider, such as amphora, or balancing.driver haproxy";

const monitorTiming =
  (tier: Tier): Rule =>
  ({ balancing }) => {
    const { delay, timeout } = balancing?.[tier]?.monitor ?? {};
    if (delay === undefined || timeout === undefined || timeout < delay) return [];
    const key = `balancing.${tier}.monitor.timeout`;
    return [{ key, value: timeout, problem: `must be shorter than the delay of ${delay} s` }];
  };

/** What a stack file says of something that this kind does not have. */
const refused = (key: string, value: unknown, allowed: readonly unknown[], problem: string): Mistake[] =>
  value !== undefined && !allowed.includes(value) ? [{ key, value, problem }] : [];

const kindIn = ({ balancing }: SoundStore) => ({ driver: balancing?.driver, provider: balancing?.provider });

const connectionsOnly: Rule = (store, given) => {
  const kind = kindIn(store);
  if (!balancesConnections(kind)) return [];
  const own = given?.balancing;
  const it = `provider ${kind.provider}, which passes connections on and sees no requests`;
  const refuse = (key: string, value: unknown, allowed: readonly unknown[], problem: string) =>
    refused(`balancing.${key}`, value, allowed, `${problem}; or ${INSTEAD}`);
  const ofTier = (tier: Tier) => {
    const { algorithm, persistence, monitor } = own?.[tier] ?? {};
    const keepsNone = `must be none with ${it}, and keeps no address at one server`;
    return [
      ...refuse(`${tier}.algorithm`, algorithm, [CONNECTION_ALGORITHM], `must be ${CONNECTION_ALGORITHM} with ${it}`),
      // Octavia takes an address's time for UDP only, and without one its provider asks nothing of OVN, and says nothing.
      ...refuse(`${tier}.persistence.type`, persistence?.type, ["none"], keepsNone),
      ...refuse(`${tier}.monitor.path`, monitor?.path, [], `must go with ${it}: it only tries to connect`),
    ];
  };
  return [
    ...TIERS.flatMap(ofTier),
    ...refuse("flavor", own?.flavor, [], `must go with provider ${kind.provider}, which has no flavors`),
    ...refuse("zone", own?.zone, [], `must go with provider ${kind.provider}, which has no zones`),
  ];
};

const requestAlgorithm =
  (tier: Tier): Rule =>
  (store, given) => {
    const value = given?.balancing?.[tier]?.algorithm;
    if (value !== CONNECTION_ALGORITHM || balancesConnections(kindIn(store))) return [];
    const problem = "must be ROUND_ROBIN, LEAST_CONNECTIONS or SOURCE_IP: only balancing.provider ovn has this one";
    return [{ key: `balancing.${tier}.algorithm`, value, problem }];
  };

/** Keys that only HAProxy needs, or only Octavia has. */
const ofOneDriver: Rule = (store, given) => {
  const { driver } = kindIn(store);
  const { servers, slots, provider, flavor, zone } = given?.balancing ?? {};
  if (driver === "octavia") {
    const problem = "must go with balancing.driver octavia: it is what HAProxy runs on";
    return Object.entries({ servers, slots }).flatMap(([key, value]) =>
      refused(`balancing.${key}`, value, [], problem),
    );
  }
  if (driver !== "haproxy") return [];
  const problem = "must go with balancing.driver haproxy: it is Octavia's";
  const image = "must be given with balancing.driver haproxy: image and flavor of its servers";
  return [
    ...Object.entries({ provider, flavor, zone }).flatMap(([key, value]) =>
      refused(`balancing.${key}`, value, [], problem),
    ),
    ...(servers === undefined ? [{ key: "balancing.servers", value: undefined, problem: image }] : []),
  ];
};

/** HAProxy looks for its members at the addresses that the tier's subnet hands out, and tells nobody who is dead. */
const aroundHaproxy =
  (tier: Tier): Rule =>
  (store, given) => {
    if (kindIn(store).driver !== "haproxy") return [];
    const laidOut = "must go with balancing.driver haproxy, which needs a subnet laid out for it; or choose octavia";
    const healed = "must be false with balancing.driver haproxy: only Octavia tells Aodh which servers are dead";
    return [
      ...refused(`network.${tier}.subnet`, given?.network?.[tier]?.subnet, [], laidOut),
      ...refused(`${tier}.scaling.heal`, given?.[tier]?.scaling?.heal, [false], healed),
    ];
  };

/** OVN puts a balancer on every router that joins its networks, and each that leads out answers for the shop's address. */
const oneWayOut: Rule = (store, given) => {
  const kind = kindIn(store);
  if (!balancesConnections(kind)) return [];
  const it = `provider ${kind.provider}, where the data router would answer for the shop's floating address too`;
  const problem = `must be false with ${it}: bake the database's image (npm run image -- database), or ${INSTEAD}`;
  return refused("database.egress", given?.database?.egress, [false], problem);
};

export const BALANCING_RULES: readonly Rule[] = [
  oneWayOut,
  ...TIERS.map(monitorTiming),
  ...TIERS.map(requestAlgorithm),
  connectionsOnly,
  ofOneDriver,
  ...TIERS.map(aroundHaproxy),
];

/** Addresses of a tier that servers may have, by a stack file's balancers; undefined: all that the subnet has. */
export function slotsIn(store: SoundStore): number | undefined {
  return kindIn(store).driver === "haproxy" ? store.balancing?.slots : undefined;
}

/** In words, how many servers a tier has room for. */
export function roomFor(tier: Tier, cidr: string, store: SoundStore): string {
  const slots = slotsIn(store);
  const room = serverCapacity(cidr, slots);
  const isTheSubnet = serverCapacity(cidr) === room;
  return `${isTheSubnet ? `network.${tier}.cidr ${cidr} has` : `balancing.slots ${slots} have`} room for ${room} servers`;
}
