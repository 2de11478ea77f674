/** The arithmetic of elastic groups: alarms that would never fire, or fire without end, are refused. */
import { SPARE_ADDRESSES, serverCapacity } from "../core/address-plan";
import { moreInRollout } from "../core/rollout";
import { roomFor, slotsIn } from "./balancing-rules";
import type { Mistake, Rule, SoundStore } from "./rule";
import type { AutoScaling } from "./scaling-schema";
import type { Sound } from "./sound";

type Tier = "web" | "app";

const mistake = (tier: Tier, key: keyof AutoScaling, value: unknown, problem: string): Mistake[] => [
  { key: `${tier}.scaling.${key}`, value, problem },
];

/** A rule for groups that scale by themselves. */
const elastic =
  (tier: Tier, rule: (scaling: Sound<AutoScaling>, store: SoundStore) => Mistake[]): Rule =>
  (store) => {
    const scaling = store[tier]?.scaling;
    return scaling?.mode === "auto" ? rule(scaling, store) : [];
  };

const sizes = (tier: Tier) =>
  elastic(tier, ({ min, max }, store) => {
    const cidr = store.network?.[tier]?.cidr;
    if (max === undefined) return [];
    if (min !== undefined && max < min) return mistake(tier, "max", max, `must not be smaller than min ${min}`);
    if (!cidr || max <= serverCapacity(cidr, slotsIn(store))) return [];
    return mistake(tier, "max", max, `must be smaller: ${roomFor(tier, cidr, store)}`);
  });

const batches = (tier: Tier) =>
  elastic(tier, ({ max, rollout }, store) => {
    const cidr = store.network?.[tier]?.cidr;
    const { batch, minInService } = rollout ?? {};
    if (!cidr || max === undefined || batch === undefined || minInService === undefined) return [];
    const free = serverCapacity(cidr, slotsIn(store)) - max;
    const more = moreInRollout(max, { batch, minInService });
    if (free < 0 || more <= free + SPARE_ADDRESSES) return [];
    const problem = `must be smaller, or scaling.max: ${max} servers and ${more} that replace them are there at once, and ${roomFor(tier, cidr, store)} and ${SPARE_ADDRESSES} replacements`;
    return [{ key: `${tier}.scaling.rollout.batch`, value: batch, problem }];
  });

const thresholds = (tier: Tier) =>
  elastic(tier, ({ high, low }) => {
    if (high === undefined || low === undefined || low < high) return [];
    return mistake(tier, "low", low, `must be lower than high ${high}`);
  });

const window = (tier: Tier) =>
  elastic(tier, ({ window: seconds }, { telemetry }) => {
    const granularity = telemetry?.granularity;
    if (seconds === undefined || granularity === undefined) return [];
    const periods = seconds / granularity;
    if (Number.isInteger(periods) && periods >= 2) return [];
    const why = "a single value is wild whenever a server joins or leaves";
    const what = `must be a multiple of telemetry.granularity ${granularity}, two times or more`;
    return mistake(tier, "window", seconds, `${what}: ${why}`);
  });

const cooldown = (tier: Tier) =>
  elastic(tier, ({ cooldown: seconds }, { telemetry }) => {
    const granularity = telemetry?.granularity;
    if (seconds === undefined || granularity === undefined || seconds >= 2 * granularity) return [];
    const problem = `must be at least twice telemetry.granularity ${granularity}, until values have settled`;
    return mistake(tier, "cooldown", seconds, problem);
  });

const rootDisk = (tier: Tier) =>
  elastic(tier, (_, store) => {
    const type = store[tier]?.rootDisk?.type;
    if (type === undefined) return [];
    const problem = "must go: Heat's servers boot from the cloud's default volume type";
    return [{ key: `${tier}.rootDisk.type`, value: type, problem }];
  });

const healing = (tier: Tier) =>
  elastic(tier, ({ heal }, { telemetry }) => {
    if (telemetry?.driver !== "heat-signal" || heal !== true) return [];
    return mistake(tier, "heal", true, "must be false: telemetry.driver heat-signal has no alarms");
  });

const sampledOften: Rule = ({ telemetry }) => {
  const { granularity, sampling } = telemetry ?? {};
  if (granularity === undefined || sampling === undefined || granularity >= sampling) return [];
  const problem = `must not be shorter than telemetry.sampling ${sampling}: most values would be missing`;
  return [{ key: "telemetry.granularity", value: granularity, problem }];
};

/** A span of n samples holds n − 1 or n of their steps: with one or two in a span, values would be wild. */
const STEPS_PER_VALUE = 3;

const stepsEnough: Rule = ({ telemetry }, given) => {
  const { driver, granularity, sampling } = telemetry ?? {};
  if (driver !== "heat-prometheus" || granularity === undefined || sampling === undefined) return [];
  if (granularity >= STEPS_PER_VALUE * sampling) return [];
  const problem = `must be at least ${STEPS_PER_VALUE} × telemetry.sampling ${sampling} with heat-prometheus: set telemetry.sampling to what your cloud's Ceilometer polls by, too`;
  return [{ key: "telemetry.granularity", value: given?.telemetry?.granularity, problem }];
};

export const SCALING_RULES: readonly Rule[] = [
  sampledOften,
  stepsEnough,
  ...(["web", "app"] as const).flatMap((tier) => [
    sizes(tier),
    batches(tier),
    thresholds(tier),
    window(tier),
    cooldown(tier),
    rootDisk(tier),
    healing(tier),
  ]),
];
