/** The arithmetic of CPU alarms, and the Aodh alarms made of it. */
import type { AutoScaling, TelemetryConfig } from "../config/scaling-schema";

const NANOSECONDS = 1e9;

export interface AlarmArgs {
  /** Value of `metering.server_group` in the metadata of the group's servers. */
  readonly serverGroup: string;
  /** Number in the group's flavor. */
  readonly vcpus: number;
  readonly scaling: AutoScaling;
  readonly telemetry: TelemetryConfig;
}

/**
 * Gnocchi's `rate:mean` of `cpu` is the processor time, in nanoseconds, that an average server took in one granularity.
 * @param percent of all of a server's processors
 */
export function cpuThreshold(percent: number, vcpus: number, granularity: number): number {
  return Math.round((percent / 100) * vcpus * granularity * NANOSECONDS);
}

/** Seconds in which Heat ignores further signals. */
export function cooldownOf(scaling: AutoScaling, { granularity }: TelemetryConfig): number {
  return scaling.cooldown ?? 2 * granularity;
}

/** @param policy name of the scaling policy's resource that the alarm calls, under a trust of the stack's owner */
function cpuAlarm(args: AlarmArgs, side: "gt" | "lt", percent: number, policy: string) {
  const { granularity } = args.telemetry;
  const word = side === "gt" ? "above" : "below";
  return {
    type: "OS::Aodh::GnocchiAggregationByResourcesAlarm",
    properties: {
      description: `${args.serverGroup}: average CPU ${word} ${percent} % for ${args.scaling.window} s`,
      metric: "cpu",
      resource_type: "instance",
      // Servers that are gone still have values, and would pull the average; Heat removes the oldest first.
      query: JSON.stringify({ and: [{ "=": { server_group: args.serverGroup } }, { "=": { ended_at: null } }] }),
      aggregation_method: "rate:mean",
      granularity,
      evaluation_periods: args.scaling.window / granularity,
      threshold: cpuThreshold(percent, args.vcpus, granularity),
      comparison_operator: side,
      // Load that stays asks for one more server after each cooldown.
      repeat_actions: true,
      alarm_actions: [{ list_join: ["", ["trust+", { get_attr: [policy, "signal_url"] }]] }],
    },
  };
}

export function cpuAlarms(args: AlarmArgs, policies: { readonly grow: string; readonly shrink: string }) {
  return {
    busy: cpuAlarm(args, "gt", args.scaling.high, policies.grow),
    idle: cpuAlarm(args, "lt", args.scaling.low, policies.shrink),
  };
}
