/** Elastic groups whose alarms fire when they should; the traps that break most templates. */
import type { Seen } from "../resources";
import { type Rule, resourceRule } from "../rule";
import { type CpuAlarm, cpuAlarms } from "./cpu-alarm";
import { elasticGroups, memberProperties, type TemplateResource, templateOf } from "./heat-template";

const STACK = "openstack:orchestration/stackV1:StackV1";

interface Template {
  readonly group: TemplateResource;
  readonly min: number;
  readonly max: number;
  readonly resources: readonly TemplateResource[];
  readonly alarms: readonly CpuAlarm[];
  readonly policies: readonly TemplateResource[];
  /** What the group's metadata say; NaN where they say nothing. */
  readonly says: (key: "vcpus" | "granularity" | "sampling" | "window" | "high" | "low") => number;
}

type About = Pick<Parameters<typeof resourceRule>[0], "name" | "severity" | "reason" | "remediation">;

/** A rule on every elastic group of a Heat stack. */
function groupRule(about: About, judge: (template: Template, report: (problem: string) => void) => void): Rule {
  return resourceRule({
    ...about,
    concern: "scaling",
    on: [STACK],
    judge: (stack: Seen<typeof STACK>, report) => {
      const { resources } = templateOf(stack.props);
      const ofType = (type: string) => resources.filter((resource) => resource.type === type);
      for (const { group, min, max } of elasticGroups([stack])) {
        const says: Template["says"] = (key) => Number(group.metadata[key] ?? Number.NaN);
        const parts = { alarms: cpuAlarms(resources), policies: ofType("OS::Heat::ScalingPolicy") };
        judge({ group, min, max, resources, says, ...parts }, report);
      }
    },
  });
}

export const noDesiredCapacity = groupRule(
  {
    name: "scaling-no-desired-capacity",
    severity: "high",
    reason: "Heat resizes a group to its `desired_capacity` at every update: a grown group shrinks on new user data.",
    remediation: "leave it out.",
  },
  ({ group }, report) => {
    if ("desired_capacity" in group.properties) report("has a desired_capacity");
  },
);

export const soundSizes = groupRule(
  {
    name: "scaling-sound-sizes",
    severity: "high",
    reason: "A group that may shrink to one server is down with it, and one that cannot grow is no elastic group.",
    remediation: "set `scaling.min` to 2 or more, and `scaling.max` above it.",
  },
  ({ min, max }, report) => {
    if (min < 2) report(`may shrink to ${min}`);
    if (max <= min) report(`cannot grow beyond ${max}`);
  },
);

export const thresholdArithmetic = groupRule(
  {
    name: "scaling-threshold-arithmetic",
    severity: "high",
    reason: "The metric is nanoseconds of processor time: with any other number the alarm never fires, or always.",
    remediation:
      "with Gnocchi, threshold = percent ÷ 100 × vCPUs of the flavor × granularity × 10⁹; with Prometheus the query compares `100 × rate ÷ (vCPUs × 10⁹)` with the percentage.",
  },
  ({ alarms, says }, report) => {
    for (const { name, isBusy, comparison, granularity } of alarms) {
      const problem = comparison(says(isBusy ? "high" : "low"), says("vcpus"), says("granularity"));
      if (problem) report(`alarm ${name} ${problem}`);
      if (granularity !== says("granularity")) report(`alarm ${name} has another granularity than its group`);
    }
    if (says("low") >= says("high")) report("shrinks at a load at which it grows");
  },
);

export const enoughPeriods = groupRule(
  {
    name: "scaling-enough-periods",
    severity: "high",
    reason:
      "Whenever a server joins or leaves, one value is wild; a single one must not scale. Values rarer than samples never come.",
    remediation:
      "make `scaling.window` two granularities or more, and the granularity no shorter than `telemetry.sampling`.",
  },
  ({ alarms, says }, report) => {
    for (const { name, periods } of alarms) {
      if (!(periods >= 2)) report(`alarm ${name} goes by ${periods} value`);
      if (periods * says("granularity") !== says("window"))
        report(`alarm ${name} does not look at ${says("window")} s`);
    }
    if (says("granularity") < says("sampling")) report("wants values more often than servers are sampled");
  },
);

export const ownServersOnly = groupRule(
  {
    name: "scaling-own-servers-only",
    severity: "high",
    reason: "An alarm without filters counts other people's servers, and deleted servers.",
    remediation:
      "query by `server_group`, the members' `metering.server_group`; with Gnocchi by `ended_at` null, metric cpu, rate:mean; with Prometheus only servers whose `ceilometer_cpu` is there now.",
  },
  ({ alarms, group }, report) => {
    const { metadata } = memberProperties(group);
    const { "metering.server_group": own }: { "metering.server_group"?: unknown } = Object(metadata);
    for (const { name, asksFor, countsGone, otherMeasure } of alarms) {
      if (!asksFor(own)) report(`alarm ${name} does not ask for the group's own servers`);
      if (countsGone) report(`alarm ${name} counts servers that are gone`);
      if (otherMeasure !== undefined) report(`alarm ${name} is about ${otherMeasure}`);
    }
  },
);

export const cooldowns = groupRule(
  {
    name: "scaling-cooldown",
    severity: "medium",
    reason: "Before new servers show in the values, the alarm would ask for more of them.",
    remediation: "set `scaling.cooldown` to two granularities or more.",
  },
  ({ policies, says }, report) => {
    for (const { name, properties } of policies) {
      if (!(Number(properties.cooldown) >= 2 * says("granularity")))
        report(`policy ${name} rests ${properties.cooldown} s only`);
    }
  },
);

export const trustedActions = groupRule(
  {
    name: "scaling-trusted-actions",
    severity: "high",
    reason:
      "Heat answers an alarm only under a trust of the stack's owner; without it the alarm fires and nothing happens.",
    remediation: "prefix the policy's `signal_url` with `trust+`.",
  },
  ({ alarms }, report) => {
    for (const { name, actions } of alarms) {
      if (actions.length === 0 || actions.some((action) => !action.includes("trust+")))
        report(`alarm ${name} acts without a trust`);
    }
  },
);

const DEAD: readonly (readonly [RegExp, string])[] = [
  [/^OS::Senlin::/, "Senlin was retired in 2024"],
  [/^OS::Neutron::(LoadBalancer|Pool|HealthMonitor)$|^OS::Neutron::LBaaS::/, "neutron-lbaas was retired in 2018"],
  [/^OS::Ceilometer::/, "Ceilometer has had no alarms since 2016"],
  [/^OS::Aodh::(Alarm|CombinationAlarm)$/, "Aodh's threshold alarms on Ceilometer are gone"],
];

export const noDeadResources = resourceRule({
  name: "scaling-no-dead-resources",
  concern: "scaling",
  severity: "high",
  reason: "Templates of old clouds name services that no cloud of today has.",
  remediation:
    "use OS::Heat::AutoScalingGroup, OS::Octavia::PoolMember and OS::Aodh::GnocchiAggregationByResourcesAlarm.",
  on: [STACK],
  judge: ({ props }, report) => {
    const { template, resources } = templateOf(props);
    for (const { name, type } of resources) {
      const why = DEAD.find(([pattern]) => pattern.test(type))?.[1];
      if (why) report(`resource ${name} is of type ${type}: ${why}`);
    }
    if (/"cpu_util"/.test(template)) report("measures cpu_util, which is gone since OpenStack Stein");
  },
});
