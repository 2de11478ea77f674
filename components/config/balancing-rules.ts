/** What a balancer of the chosen kind cannot do is refused, with the kind that can. */
import { balancesConnections, balancingSchema, CONNECTION_ALGORITHM, monitorSchema } from "./balancing-schema";
import { type Mistake, type Rule, sound, valueAt } from "./rule";

type Tier = "web" | "app";
const TIERS: readonly Tier[] = ["web", "app"];

/** What balances requests. */
const INSTEAD = "choose another provider, such as amphora";

const monitorTiming =
  (tier: Tier): Rule =>
  (input) => {
    const at = `balancing.${tier}.monitor`;
    const delay = sound(monitorSchema.shape.delay, input, `${at}.delay`);
    const timeout = sound(monitorSchema.shape.timeout, input, `${at}.timeout`);
    if (delay === undefined || timeout === undefined || timeout < delay) return [];
    return [{ key: `${at}.timeout`, value: timeout, problem: `must be shorter than the delay of ${delay} s` }];
  };

/** What a stack file says of something that connections do not have, by the key below `balancing`. */
const refused = (input: unknown, key: string, allowed: readonly unknown[], problem: string): Mistake[] => {
  const value = valueAt(input, ["balancing", ...key.split(".")]);
  const isThere = value !== undefined && !allowed.includes(value);
  return isThere ? [{ key: `balancing.${key}`, value, problem: `${problem}; or ${INSTEAD}` }] : [];
};

const connectionsOnly: Rule = (input) => {
  const provider = sound(balancingSchema.in.shape.provider, input, "balancing.provider");
  if (!balancesConnections({ provider })) return [];
  const it = `provider ${provider}, which passes connections on and sees no requests`;
  const ofTier = (tier: Tier) => [
    ...refused(input, `${tier}.algorithm`, [CONNECTION_ALGORITHM], `must be ${CONNECTION_ALGORITHM} with ${it}`),
    ...refused(input, `${tier}.persistence.type`, ["none", "SOURCE_IP"], `must be none or SOURCE_IP with ${it}`),
    ...refused(input, `${tier}.monitor.path`, [], `must go with ${it}: it only tries to connect`),
  ];
  return [
    ...TIERS.flatMap(ofTier),
    ...refused(input, "flavor", [], `must go with provider ${provider}, which has no flavors`),
    ...refused(input, "zone", [], `must go with provider ${provider}, which has no zones`),
  ];
};

const requestAlgorithm =
  (tier: Tier): Rule =>
  (input) => {
    const provider = sound(balancingSchema.in.shape.provider, input, "balancing.provider");
    const key = `balancing.${tier}.algorithm`;
    const value = valueAt(input, key.split("."));
    if (value !== CONNECTION_ALGORITHM || balancesConnections({ provider })) return [];
    const problem = "must be ROUND_ROBIN, LEAST_CONNECTIONS or SOURCE_IP: only balancing.provider ovn has this one";
    return [{ key, value, problem }];
  };

export const BALANCING_RULES: readonly Rule[] = [
  ...TIERS.map(monitorTiming),
  ...TIERS.map(requestAlgorithm),
  connectionsOnly,
];
