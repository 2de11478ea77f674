/** CPU as Ceilometer and Gnocchi keep it. */
import type { AlarmArgs, AlarmRule, Crossing } from "./alarms";

const NANOSECONDS = 1e9;

/**
 * Gnocchi's `rate:mean` of `cpu` is the processor time, in nanoseconds, that an average server took in one granularity.
 * @param percent of all of a server's processors
 */
export function cpuThreshold(percent: number, vcpus: number, granularity: number): number {
  return Math.round((percent / 100) * vcpus * granularity * NANOSECONDS);
}

export function gnocchiRule(args: AlarmArgs, { side, percent }: Crossing): AlarmRule {
  const { granularity } = args.telemetry;
  return {
    type: "OS::Aodh::GnocchiAggregationByResourcesAlarm",
    properties: {
      metric: "cpu",
      resource_type: "instance",
      // Servers that are gone still have values, and would pull the average; Heat removes the oldest first.
      query: JSON.stringify({ and: [{ "=": { server_group: args.serverGroup } }, { "=": { ended_at: null } }] }),
      aggregation_method: "rate:mean",
      granularity,
      evaluation_periods: args.scaling.window / granularity,
      threshold: cpuThreshold(percent, args.vcpus, granularity),
      comparison_operator: side,
    },
  };
}
