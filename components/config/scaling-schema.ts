/** `scaling` of a group, and the section `telemetry`: how the number of servers is set. */
import { z } from "zod";
import { whole } from "./values";

const percent = z
  .number("must be a percentage")
  .gt(0, "must be above 0")
  .lte(100, "must be at most 100")
  .meta({ title: "percent" });
const rolloutSchema = z.strictObject({
  batch: whole(1, 100).default(1).describe("servers replaced at a time, each by one that is there before"),
  minInService: whole(0, 100).default(1).describe("servers that serve on while others are replaced"),
  pause: whole(0, 3600)
    .default(120)
    .describe("seconds between two batches, beside `warmup`; Heat does not look whether the new ones have booted"),
});

export const autoScalingSchema = z.strictObject({
  mode: z.literal("auto").describe("Heat and Aodh set the number of servers by load; see docs/auto-scaling.md"),
  min: whole(1, 100).default(2).describe("smallest number of servers"),
  max: whole(1, 100).default(5).describe("largest number of servers"),
  high: percent.default(50).describe("average CPU above which one server is added, in percent"),
  low: percent.default(20).describe("average CPU below which one server is removed, in percent"),
  window: whole(2, 86_400)
    .default(600)
    .describe("seconds for which load must be above `high` or below `low`; a multiple of `telemetry.granularity`"),
  cooldown: whole(0, 86_400)
    .optional()
    .describe("seconds without another change; default: twice `telemetry.granularity`"),
  warmup: whole(0, 3600)
    .default(60)
    .describe(
      "seconds that a new server has to boot before Octavia sends it shoppers, and before the server that it replaces goes",
    ),
  rollout: rolloutSchema.prefault({}).describe("how Heat replaces the servers of a group that changes"),
  heal: z
    .boolean()
    .default(false)
    .describe("whether servers that the balancer finds dead are deleted and, below `min`, made anew; needs Aodh"),
});

export const groupScalingSchema = z.discriminatedUnion(
  "mode",
  [z.strictObject({ mode: z.literal("static").describe("`count` servers") }), autoScalingSchema],
  'must have `mode: "static"` or `mode: "auto"`',
);

/** What elastic groups go by. */
export const telemetrySchema = z.strictObject({
  driver: z
    .enum(["heat-aodh", "heat-prometheus", "heat-signal"], 'must be "heat-aodh", "heat-prometheus" or "heat-signal"')
    .default("heat-aodh")
    .describe(
      "`heat-aodh`: alarms on CPU as Gnocchi keeps it; `heat-prometheus`: as Ceilometer exports it to a Prometheus; `heat-signal`: no alarms, but URLs for alerting of your own",
    ),
  granularity: whole(1, 86_400)
    .default(300)
    .describe(
      "seconds per value: with `heat-aodh` as the cloud's archive policy stores them, with `heat-prometheus` three times `sampling` or more",
    ),
  sampling: whole(1, 86_400).default(300).describe("seconds between two samples of a server, as the cloud polls"),
});

export type AutoScaling = z.output<typeof autoScalingSchema>;
export type TelemetryConfig = z.output<typeof telemetrySchema>;
