/** What a balancer of the chosen kind cannot do is refused, with the kind that can. */
import { serverCapacity } from "../core/address-plan";
import { balancesConnections, balancingSchema, CONNECTION_ALGORITHM, monitorSchema } from "./balancing-schema";
import { type Mistake, type Rule, sound, valueAt } from "./rule";

type Tier = "web" | "app";
const TIERS: readonly Tier[] = ["web", "app"];

/** What balances requests. */
const INSTEAD = "choose another provider, such as amphora, or balancing.driver haproxy";

const monitorTiming =
  (tier: Tier): Rule =>
  (input) => {
    const at = `balancing.${tier}.monitor`;
    const delay = sound(monitorSchema.shape.delay, input, `${at}.delay`);
    const timeout = sound(monitorSchema.shape.timeout, input, `${at}.timeout`);
    if (delay === undefined || timeout === undefined || timeout < delay) return [];
    return [{ key: `${at}.timeout`, value: timeout, problem: `must be shorter than the delay of ${delay} s` }];
  };

/** What a stack file says of something that this kind does not have. */
const refused = (input: unknown, key: string, allowed: readonly unknown[], problem: string): Mistake[] => {
  const value = valueAt(input, key.split("."));
  return value !== undefined && !allowed.includes(value) ? [{ key, value, problem }] : [];
};

const kindIn = (input: unknown) => ({
  driver: sound(balancingSchema.in.shape.driver, input, "balancing.driver"),
  provider: sound(balancingSchema.in.shape.provider, input, "balancing.provider"),
});

const connectionsOnly: Rule = (input) => {
  const kind = kindIn(input);
  if (!balancesConnections(kind)) return [];
  const it = `provider ${kind.provider}, which passes connections on and sees no requests`;
  const refuse = (key: string, allowed: readonly unknown[], problem: string) =>
    refused(input, `balancing.${key}`, allowed, `${problem}; or ${INSTEAD}`);
  const ofTier = (tier: Tier) => [
    ...refuse(`${tier}.algorithm`, [CONNECTION_ALGORITHM], `must be ${CONNECTION_ALGORITHM} with ${it}`),
    // Octavia takes an address's time for UDP only, and without one its provider asks nothing of OVN, and says nothing.
    ...refuse(`${tier}.persistence.type`, ["none"], `must be none with ${it}, and keeps no address at one server`),
    ...refuse(`${tier}.monitor.path`, [], `must go with ${it}: it only tries to connect`),
  ];
  return [
    ...TIERS.flatMap(ofTier),
    ...refuse("flavor", [], `must go with provider ${kind.provider}, which has no flavors`),
    ...refuse("zone", [], `must go with provider ${kind.provider}, which has no zones`),
  ];
};

const requestAlgorithm =
  (tier: Tier): Rule =>
  (input) => {
    const key = `balancing.${tier}.algorithm`;
    const value = valueAt(input, key.split("."));
    if (value !== CONNECTION_ALGORITHM || balancesConnections(kindIn(input))) return [];
    const problem = "must be ROUND_ROBIN, LEAST_CONNECTIONS or SOURCE_IP: only balancing.provider ovn has this one";
    return [{ key, value, problem }];
  };

/** Keys that only HAProxy needs, or only Octavia has. */
const ofOneDriver: Rule = (input) => {
  const { driver } = kindIn(input);
  const key = "balancing.servers";
  if (driver === "octavia") {
    const problem = "must go with balancing.driver octavia: it is what HAProxy runs on";
    return [key, "balancing.slots"].flatMap((one) => refused(input, one, [], problem));
  }
  if (driver !== "haproxy") return [];
  const problem = "must go with balancing.driver haproxy: it is Octavia's";
  const isMissing = valueAt(input, key.split(".")) === undefined;
  const image = "must be given with balancing.driver haproxy: image and flavor of its servers";
  return [
    ...["provider", "flavor", "zone"].flatMap((one) => refused(input, `balancing.${one}`, [], problem)),
    ...(isMissing ? [{ key, value: undefined, problem: image }] : []),
  ];
};

/** HAProxy looks for its members at the addresses that the tier's subnet hands out, and tells nobody who is dead. */
const aroundHaproxy =
  (tier: Tier): Rule =>
  (input) => {
    if (kindIn(input).driver !== "haproxy") return [];
    const laidOut = "must go with balancing.driver haproxy, which needs a subnet laid out for it; or choose octavia";
    const healed = "must be false with balancing.driver haproxy: only Octavia tells Aodh which servers are dead";
    return [
      ...refused(input, `network.${tier}.subnet`, [], laidOut),
      ...refused(input, `${tier}.scaling.heal`, [false], healed),
    ];
  };

/** OVN puts a balancer on every router that joins its networks, and each that leads out answers for the shop's address. */
const oneWayOut: Rule = (input) => {
  const kind = kindIn(input);
  if (!balancesConnections(kind)) return [];
  const it = `provider ${kind.provider}, where the data router would answer for the shop's floating address too`;
  const problem = `must be false with ${it}: bake the database's image (npm run image -- database), or ${INSTEAD}`;
  return refused(input, "database.egress", [false], problem);
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
export function slotsIn(input: unknown): number | undefined {
  const slots = sound(balancingSchema.in.shape.slots, input, "balancing.slots");
  return kindIn(input).driver === "haproxy" ? slots : undefined;
}

/** In words, how many servers a tier has room for. */
export function roomFor(tier: Tier, cidr: string, input: unknown): string {
  const slots = slotsIn(input);
  const room = serverCapacity(cidr, slots);
  const isTheSubnet = serverCapacity(cidr) === room;
  return `${isTheSubnet ? `network.${tier}.cidr ${cidr} has` : `balancing.slots ${slots} have`} room for ${room} servers`;
}
