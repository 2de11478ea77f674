/** The arithmetic of elastic groups: alarms that would never fire, or fire without end, are refused. */
import { SPARE_ADDRESSES, serverCapacity } from "../core/address-plan";
import { moreInRollout } from "../core/rollout";
import { SERVICES } from "../core/services";
import { roomFor, slotsIn } from "./balancing-rules";
import type { Mistake, Rule, SoundStore } from "./rule";
import type { AutoScaling } from "./scaling-schema";
import type { GroupConfig } from "./schema";
import type { Sound } from "./sound";

/** A group that may scale by itself. */
interface Place {
  /** Its section of the stack file. */
  readonly key: string;
  /** Whose network it is in. */
  readonly tier: "web" | "app";
  readonly section: (store: SoundStore) => Pick<Sound<GroupConfig>, "rootDisk" | "scaling"> | undefined;
}

const PLACES: readonly Place[] = [
  { key: "web", tier: "web", section: ({ web }) => web },
  { key: "app", tier: "app", section: ({ app }) => app },
  ...SERVICES.map(
    (name): Place => ({ key: `services.${name}`, tier: "app", section: ({ services }) => services?.[name] }),
  ),
];

const mistake = ({ key: place }: Place, key: keyof AutoScaling, value: unknown, problem: string): Mistake[] => [
  { key: `${place}.scaling.${key}`, value, problem },
];

/** A rule for groups that scale by themselves. */
const elastic =
  ({ section }: Place, rule: (scaling: Sound<AutoScaling>, store: SoundStore) => Mistake[]): Rule =>
  (store) => {
    const scaling = section(store)?.scaling;
    return scaling?.mode === "auto" ? rule(scaling, store) : [];
  };

const sizes = (place: Place) =>
  elastic(place, ({ min, max }, store) => {
    const cidr = store.network?.[place.tier]?.cidr;
    if (max === undefined) return [];
    if (min !== undefined && max < min) return mistake(place, "max", max, `must not be smaller than min ${min}`);
    if (!cidr || max <= serverCapacity(cidr, slotsIn(store))) return [];
    return mistake(place, "max", max, `must be smaller: ${roomFor(place.tier, cidr, store)}`);
  });

const batches = (place: Place) =>
  elastic(place, ({ max, rollout }, store) => {
    const cidr = store.network?.[place.tier]?.cidr;
    const { batch, minInService } = rollout ?? {};
    if (!cidr || max === undefined || batch === undefined || minInService === undefined) return [];
    const free = serverCapacity(cidr, slotsIn(store)) - max;
    const more = moreInRollout(max, { batch, minInService });
    if (free < 0 || more <= free + SPARE_ADDRESSES) return [];
    const problem = `must be smaller, or scaling.max: ${max} servers and ${more} that replace them are there at once, and ${roomFor(place.tier, cidr, store)} and ${SPARE_ADDRESSES} replacements`;
    return [{ key: `${place.key}.scaling.rollout.batch`, value: batch, problem }];
  });

const thresholds = (place: Place) =>
  elastic(place, ({ high, low }) => {
    if (high === undefined || low === undefined || low < high) return [];
    return mistake(place, "low", low, `must be lower than high ${high}`);
  });

const window = (place: Place) =>
  elastic(place, ({ window: seconds }, { telemetry }) => {
    const granularity = telemetry?.granularity;
    if (seconds === undefined || granularity === undefined) return [];
    const periods = seconds / granularity;
    if (Number.isInteger(periods) && periods >= 2) return [];
    const why = "a single value is wild whenever a server joins or leaves";
    const what = `must be a multiple of telemetry.granularity ${granularity}, two times or more`;
    return mistake(place, "window", seconds, `${what}: ${why}`);
  });

const cooldown = (place: Place) =>
  elastic(place, ({ cooldown: seconds }, { telemetry }) => {
    const granularity = telemetry?.granularity;
    if (seconds === undefined || granularity === undefined || seconds >= 2 * granularity) return [];
    const problem = `must be at least twice telemetry.granularity ${granularity}, until values have settled`;
    return mistake(place, "cooldown", seconds, problem);
  });

const rootDisk = (place: Place) =>
  elastic(place, (_, store) => {
    const type = place.section(store)?.rootDisk?.type;
    if (type === undefined) return [];
    const problem = "must go: Heat's servers boot from the cloud's default volume type";
    return [{ key: `${place.key}.rootDisk.type`, value: type, problem }];
  });

const healing = (place: Place) =>
  elastic(place, ({ heal }, { telemetry }) => {
    if (telemetry?.driver !== "heat-signal" || heal !== true) return [];
    return mistake(place, "heal", true, "must be false: telemetry.driver heat-signal has no alarms");
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
  ...PLACES.flatMap((place) => [
    sizes(place),
    batches(place),
    thresholds(place),
    window(place),
    cooldown(place),
    rootDisk(place),
    healing(place),
  ]),
];
