/** An elastic group's CPU alarms in one shape, whatever telemetry they go by. */
import type { TemplateResource } from "./heat-template";

const GNOCCHI = "OS::Aodh::GnocchiAggregationByResourcesAlarm";
const PROMETHEUS = "OS::Aodh::PrometheusAlarm";
const NANOSECONDS = 1e9;

export interface CpuAlarm {
  readonly name: string;
  /** Whether it waits for load that is high. */
  readonly isBusy: boolean;
  /** What is wrong with the number that it compares with. */
  readonly comparison: (percent: number, vcpus: number, granularity: number) => string | undefined;
  /** NaN where it cannot be read. */
  readonly granularity: number;
  readonly periods: number;
  readonly asksFor: (serverGroup: unknown) => boolean;
  readonly countsGone: boolean;
  /** What it measures instead of processors. */
  readonly otherMeasure: string | undefined;
  readonly actions: readonly string[];
}

export const cpuAlarms = (resources: readonly TemplateResource[]): CpuAlarm[] =>
  resources.flatMap((resource) => {
    if (resource.type === GNOCCHI) return [ofGnocchi(resource)];
    return resource.type === PROMETHEUS ? [ofPrometheus(resource)] : [];
  });

const actionsOf = ({ properties: { alarm_actions: actions } }: TemplateResource): string[] =>
  Array.isArray(actions) ? actions.map((action) => JSON.stringify(action)) : [];

function ofGnocchi(resource: TemplateResource): CpuAlarm {
  const { name, properties } = resource;
  const query = String(properties.query ?? "");
  const { metric, aggregation_method: method } = properties;
  return {
    name,
    isBusy: properties.comparison_operator === "gt",
    comparison: (percent, vcpus, granularity) => {
      const right = Math.round((percent / 100) * vcpus * granularity * NANOSECONDS);
      return Number(properties.threshold) === right ? undefined : `compares with ${properties.threshold}, not ${right}`;
    },
    granularity: Number(properties.granularity),
    periods: Number(properties.evaluation_periods),
    asksFor: (group) => group !== undefined && query.includes(`"server_group":${JSON.stringify(group)}`),
    countsGone: !query.includes('"ended_at":null'),
    otherMeasure: metric === "cpu" && method === "rate:mean" ? undefined : `${method} of ${metric}`,
    actions: actionsOf(resource),
  };
}

/** `100 * avg(…) / (VCPUS * 1e9)) > bool PERCENT)[WINDOWs:GRANULARITYs]`, the end of the query. */
const VALUES = /\/ \((\d+) \* 1e9\)\) ([<>]) bool ([\d.]+)\)\[(\d+)s:(\d+)s\]\)$/;
const SELECTED = /(\w+)\{([^}]*)\}/g;

function ofPrometheus(resource: TemplateResource): CpuAlarm {
  const { name, properties } = resource;
  const query = String(properties.query ?? "");
  const [, processors, side, percentage, window, granularity] = VALUES.exec(query) ?? [];
  const selected = [...query.matchAll(SELECTED)];
  const metrics = [...new Set(selected.map(([, metric]) => metric))];
  const isNumber = /^sum_over_time\(\(\(100 \* avg\(rate\(/.test(query) && properties.comparison_operator === "ge";
  return {
    name,
    isBusy: side === ">",
    comparison: (percent, vcpus) => {
      const [has, right] = [`${percentage} % of ${processors} vCPUs`, `${percent} % of ${vcpus} vCPUs`];
      return has === right ? undefined : `compares with ${has}, not ${right}`;
    },
    granularity: Number(granularity),
    // Values that it wants beyond the percentage, which must be all of the window.
    periods:
      Number(window) / Number(granularity) === Number(properties.threshold) ? Number(properties.threshold) : Number.NaN,
    asksFor: (group) =>
      selected.length > 0 && selected.every(([, , labels]) => labels === `server_group=${JSON.stringify(group)}`),
    countsGone: !/\]\) and on \(resource\) ceilometer_cpu\{[^}]*\} and on/.test(query),
    otherMeasure: isNumber && metrics.join() === "ceilometer_cpu" ? undefined : query,
    actions: actionsOf(resource),
  };
}
