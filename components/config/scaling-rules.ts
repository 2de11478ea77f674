/** The arithmetic of elastic groups: alarms that would never fire, or fire without end, are refused. */
import { serverCapacity } from "../core/address-plan";
import { roomFor, slotsIn } from "./balancing-rules";
import { type Mistake, type Rule, sound, valueAt } from "./rule";
import { type AutoScaling, autoScalingSchema, groupSchema, TIER_NETWORKS, telemetrySchema } from "./schema";

type Tier = "web" | "app";

const granularityIn = (input: unknown) => sound(telemetrySchema.shape.granularity, input, "telemetry.granularity");

const mistake = (tier: Tier, key: keyof AutoScaling, value: unknown, problem: string): Mistake[] => [
  { key: `${tier}.scaling.${key}`, value, problem },
];

/** The section's values, each undefined where it is missing or wrong. */
function scalingIn(input: unknown, tier: Tier) {
  const { shape } = autoScalingSchema;
  const at = (key: keyof typeof shape) => `${tier}.scaling.${key}`;
  return {
    min: sound(shape.min, input, at("min")),
    max: sound(shape.max, input, at("max")),
    high: sound(shape.high, input, at("high")),
    low: sound(shape.low, input, at("low")),
    window: sound(shape.window, input, at("window")),
    cooldown: sound(shape.cooldown, input, at("cooldown")),
    heal: sound(shape.heal, input, at("heal")),
  };
}

/** A rule for groups that scale by themselves. */
const elastic =
  (tier: Tier, rule: (scaling: ReturnType<typeof scalingIn>, input: unknown) => Mistake[]): Rule =>
  (input) =>
    valueAt(input, [tier, "scaling", "mode"]) === "auto" ? rule(scalingIn(input, tier), input) : [];

const sizes = (tier: Tier) =>
  elastic(tier, ({ min, max }, input) => {
    const cidr = sound(TIER_NETWORKS[tier].cidr, input, `network.${tier}.cidr`);
    if (max === undefined) return [];
    if (min !== undefined && max < min) return mistake(tier, "max", max, `must not be smaller than min ${min}`);
    if (!cidr || max <= serverCapacity(cidr, slotsIn(input))) return [];
    const room = roomFor(tier, cidr, input);
    return mistake(tier, "max", max, `must be smaller: ${room}`);
  });

const thresholds = (tier: Tier) =>
  elastic(tier, ({ high, low }) => {
    if (high === undefined || low === undefined || low < high) return [];
    return mistake(tier, "low", low, `must be lower than high ${high}`);
  });

const window = (tier: Tier) =>
  elastic(tier, ({ window: seconds }, input) => {
    const granularity = granularityIn(input);
    if (seconds === undefined || granularity === undefined) return [];
    const periods = seconds / granularity;
    if (Number.isInteger(periods) && periods >= 2) return [];
    const why = "a single value is wild whenever a server joins or leaves";
    const what = `must be a multiple of telemetry.granularity ${granularity}, two times or more`;
    return mistake(tier, "window", seconds, `${what}: ${why}`);
  });

const cooldown = (tier: Tier) =>
  elastic(tier, ({ cooldown: seconds }, input) => {
    const granularity = granularityIn(input);
    if (seconds === undefined || granularity === undefined || seconds >= 2 * granularity) return [];
    const problem = `must be at least twice telemetry.granularity ${granularity}, until values have settled`;
    return mistake(tier, "cooldown", seconds, problem);
  });

const rootDisk = (tier: Tier) =>
  elastic(tier, (_, input) => {
    const disk = sound(groupSchema.shape.rootDisk, input, `${tier}.rootDisk`);
    if (disk?.type === undefined) return [];
    const problem = "must go: Heat's servers boot from the cloud's default volume type";
    return [{ key: `${tier}.rootDisk.type`, value: disk.type, problem }];
  });

const healing = (tier: Tier) =>
  elastic(tier, ({ heal }, input) => {
    const driver = sound(telemetrySchema.shape.driver, input, "telemetry.driver");
    if (driver !== "heat-signal" || heal !== true) return [];
    return mistake(tier, "heal", true, "must be false: telemetry.driver heat-signal has no alarms");
  });

const sampledOften: Rule = (input) => {
  const granularity = granularityIn(input);
  const sampling = sound(telemetrySchema.shape.sampling, input, "telemetry.sampling");
  if (granularity === undefined || sampling === undefined || granularity >= sampling) return [];
  const problem = `must not be shorter than telemetry.sampling ${sampling}: most values would be missing`;
  return [{ key: "telemetry.granularity", value: granularity, problem }];
};

export const SCALING_RULES: readonly Rule[] = [
  sampledOften,
  ...(["web", "app"] as const).flatMap((tier) => [
    sizes(tier),
    thresholds(tier),
    window(tier),
    cooldown(tier),
    rootDisk(tier),
    healing(tier),
  ]),
];
