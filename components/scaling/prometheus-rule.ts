/** CPU as Ceilometer exports it to Prometheus: the gauge `ceilometer_cpu`, nanoseconds of processor time since a server's start. */
import type { AlarmArgs, AlarmRule, Crossing } from "./alarms";

/**
 * Aodh's alarms on Prometheus know no periods, so the query counts them: how many of the window's values were beyond the
 * percentage. Where a value is missing it counts as not beyond.
 *
 * Each value is the average of servers that were there for the whole of its granularity and still are: the rate of one that has
 * joined since, or has left, is not known, and would pull the average.
 */
export function prometheusRule(args: AlarmArgs, { side, percent }: Crossing): AlarmRule {
  const { scaling, telemetry, vcpus } = args;
  const span = `${telemetry.granularity}s`;
  const cpu = `ceilometer_cpu{server_group=${JSON.stringify(args.serverGroup)}}`;
  const settled = `rate(${cpu}[${span}]) and on (resource) ${cpu} and on (resource) (${cpu} offset ${span})`;
  const value = `100 * avg(${settled}) / (${vcpus} * 1e9)`;
  const isBeyond = `(${value}) ${side === "gt" ? ">" : "<"} bool ${percent}`;
  return {
    type: "OS::Aodh::PrometheusAlarm",
    properties: {
      query: `sum_over_time((${isBeyond})[${scaling.window}s:${span}])`,
      threshold: scaling.window / telemetry.granularity,
      comparison_operator: "ge",
    },
  };
}
