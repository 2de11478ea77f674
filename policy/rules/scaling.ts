/** Elastic groups whose alarms fire when they should; the traps that break most templates. */
import type { Seen } from "../resources";
import { type Rule, resourceRule } from "../rule";
import { elasticGroups, memberProperties, type TemplateResource, templateOf } from "./heat-template";

const STACK = "openstack:orchestration/stackV1:StackV1";
const CPU_ALARM = "OS::Aodh::GnocchiAggregationByResourcesAlarm";
const NANOSECONDS = 1e9;

interface Template {
  readonly group: TemplateResource;
  readonly min: number;
  readonly max: number;
  readonly resources: readonly TemplateResource[];
  readonly alarms: readonly TemplateResource[];
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
        const parts = { alarms: ofType(CPU_ALARM), policies: ofType("OS::Heat::ScalingPolicy") };
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
    reason:
      "The metric is nanoseconds of processor time in one granularity: with any other number the alarm never fires, or always.",
    remediation: "threshold = percent ÷ 100 × vCPUs of the flavor × granularity × 10⁹.",
  },
  ({ alarms, says }, report) => {
    for (const { name, properties } of alarms) {
      const percent = says(properties.comparison_operator === "gt" ? "high" : "low");
      const right = Math.round((percent / 100) * says("vcpus") * says("granularity") * NANOSECONDS);
      if (Number(properties.threshold) !== right)
        report(`alarm ${name} compares with ${properties.threshold}, not ${right}`);
      if (Number(properties.granularity) !== says("granularity"))
        report(`alarm ${name} has another granularity than its group`);
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
    for (const { name, properties } of alarms) {
      const periods = Number(properties.evaluation_periods);
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
      "query by `server_group`, the members' `metering.server_group`, and by `ended_at` null; metric cpu, rate:mean.",
  },
  ({ alarms, group }, report) => {
    const { metadata } = memberProperties(group);
    const { "metering.server_group": own }: { "metering.server_group"?: unknown } = Object(metadata);
    for (const { name, properties } of alarms) {
      const query = String(properties.query ?? "");
      if (own === undefined || !query.includes(`"server_group":${JSON.stringify(own)}`)) {
        report(`alarm ${name} does not ask for the group's own servers`);
      }
      if (!query.includes('"ended_at":null')) report(`alarm ${name} counts servers that are gone`);
      if (properties.metric !== "cpu" || properties.aggregation_method !== "rate:mean") {
        report(`alarm ${name} is about ${properties.aggregation_method} of ${properties.metric}`);
      }
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
    for (const { name, properties } of alarms) {
      const actions = properties.alarm_actions;
      const all = Array.isArray(actions) ? actions.map((action) => JSON.stringify(action)) : [];
      if (all.length === 0 || all.some((action) => !action.includes("trust+")))
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
