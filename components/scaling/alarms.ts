/** The two CPU alarms of an elastic group, by what telemetry the cloud has. */
import type { AutoScaling, TelemetryConfig } from "../config/scaling-schema";
import { gnocchiRule } from "./gnocchi-rule";
import { prometheusRule } from "./prometheus-rule";

export interface AlarmArgs {
  /** Value of `metering.server_group` in the metadata of the group's servers. */
  readonly serverGroup: string;
  /** Number in the group's flavor. */
  readonly vcpus: number;
  readonly scaling: AutoScaling;
  readonly telemetry: TelemetryConfig;
}

/** Which side of which percentage, of all of a server's processors, an alarm waits for. */
export interface Crossing {
  readonly side: "gt" | "lt";
  readonly percent: number;
}

/** What an alarm of Aodh looks at, as a resource of Heat has it. */
export interface AlarmRule {
  readonly type: string;
  readonly properties: {
    readonly query: string;
    readonly threshold: number;
    readonly comparison_operator: "gt" | "lt" | "ge";
    readonly metric?: string;
    readonly resource_type?: string;
    readonly aggregation_method?: string;
    /** Seconds. */
    readonly granularity?: number;
    readonly evaluation_periods?: number;
  };
}

/** Seconds in which Heat ignores further signals. */
export function cooldownOf(scaling: AutoScaling, { granularity }: TelemetryConfig): number {
  return scaling.cooldown ?? 2 * granularity;
}

/** @param policy name of the scaling policy's resource that the alarm calls, under a trust of the stack's owner */
function cpuAlarm(args: AlarmArgs, crossing: Crossing, policy: string) {
  const rule =
    args.telemetry.driver === "heat-prometheus" ? prometheusRule(args, crossing) : gnocchiRule(args, crossing);
  const word = crossing.side === "gt" ? "above" : "below";
  return {
    type: rule.type,
    properties: {
      description: `${args.serverGroup}: average CPU ${word} ${crossing.percent} % for ${args.scaling.window} s`,
      ...rule.properties,
      // Load that stays asks for one more server after each cooldown.
      repeat_actions: true,
      alarm_actions: [{ list_join: ["", ["trust+", { get_attr: [policy, "signal_url"] }]] }],
    },
  };
}

export function cpuAlarms(args: AlarmArgs, policies: { readonly grow: string; readonly shrink: string }) {
  return {
    busy: cpuAlarm(args, { side: "gt", percent: args.scaling.high }, policies.grow),
    idle: cpuAlarm(args, { side: "lt", percent: args.scaling.low }, policies.shrink),
  };
}
