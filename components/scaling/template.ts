/** The Heat template of one elastic group. Plain values in, a template out; nothing in it is secret. */
import { z } from "zod";
import type { AutoScaling, TelemetryConfig } from "../config/scaling-schema";
import { cooldownOf, cpuAlarms } from "./alarms";

/** Names under which the group's environment registers the nested templates of `heat/`. */
export const MEMBER_TYPE = "Ecommerce::InTurn";
export const SERVER_TYPE = "Ecommerce::Server";
export const BOOT_TYPE = "Ecommerce::Boot";

/** Which of a member's two places has its server: the other one is next. */
export const turnSchema = z.enum(["a", "b"]);
export type Turn = z.output<typeof turnSchema>;

/**
 * What a first preview cannot know: ids of what is yet to be made, and what depends on user data. They are parameters, so that
 * the template itself is there for policies to judge before anything exists.
 */
const IDS = ["network", "subnet", "security_group", "server_group"] as const;
const POOLS = ["pool", "https_pool"] as const;
export type PoolParameter = (typeof POOLS)[number];
export type GroupParameter = (typeof IDS)[number] | PoolParameter | "turn";
const param = (name: GroupParameter) => ({ get_param: name });

/** The newest Heat version that every part needs: OpenStack Wallaby's. */
export const TEMPLATE_VERSION = "2021-04-16";

export interface GroupTemplateArgs {
  /** Prefix of the servers' names, and what telemetry knows the group by. */
  readonly name: string;
  readonly scaling: AutoScaling;
  readonly telemetry: TelemetryConfig;
  readonly flavor: { readonly name: string; readonly vcpus: number };
  readonly imageId: string;
  /** GiB of the volume that servers boot from; 0: the flavor's own disk. */
  readonly rootDisk: number;
  /** Empty: the cloud chooses. */
  readonly zone: string;
  /** Empty: none. */
  readonly keyPair: string;
  /** Port that members answer on, of each pool that they are in. */
  readonly ports: Readonly<Partial<Record<PoolParameter, number>>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** SHA-256 of the nested templates, so that an edit shows in a preview. */
  readonly nestedSha256: string;
}

const poolsOf = ({ ports }: Pick<GroupTemplateArgs, "ports">) =>
  POOLS.flatMap((pool) => (ports[pool] === undefined ? [] : [{ pool, port: ports[pool] }]));

const policy = (adjustment: 1 | -1, cooldown: number) => ({
  type: "OS::Heat::ScalingPolicy",
  properties: {
    adjustment_type: "change_in_capacity",
    auto_scaling_group_id: { get_resource: "group" },
    scaling_adjustment: adjustment,
    cooldown,
  },
});

function group(args: GroupTemplateArgs) {
  const { min, max, window, high, low, rollout } = args.scaling;
  return {
    type: "OS::Heat::AutoScalingGroup",
    // For policies and people to read: what the alarms' thresholds were computed from.
    metadata: {
      vcpus: args.flavor.vcpus,
      granularity: args.telemetry.granularity,
      sampling: args.telemetry.sampling,
      window,
      high,
      low,
      nested_sha256: args.nestedSha256,
    },
    properties: {
      // Never a desired_capacity: Heat would resize to it at every update, and a grown group would shrink.
      min_size: min,
      max_size: max,
      rolling_updates: {
        max_batch_size: rollout.batch,
        min_in_service: rollout.minInService,
        pause_time: rollout.pause,
      },
      resource: {
        type: MEMBER_TYPE,
        properties: {
          turn: param("turn"),
          name: args.name,
          image: args.imageId,
          flavor: args.flavor.name,
          root_disk: args.rootDisk,
          zone: args.zone,
          key_pair: args.keyPair,
          network: param("network"),
          subnet: param("subnet"),
          security_group: param("security_group"),
          server_group: param("server_group"),
          ...Object.fromEntries(
            poolsOf(args).flatMap(({ pool, port }) => [
              [pool, param(pool)],
              [`${pool}_port`, port],
            ]),
          ),
          warmup: args.scaling.warmup,
          boot: { get_attr: ["boot", "config"] },
          metadata: { ...args.metadata, "metering.server_group": args.name },
          tags: args.tags,
        },
      },
    },
  };
}

/**
 * Deletes a member that the balancer has found dead for two minutes, and fills up to the least size, by an update of the
 * stack. Heat counts no dead member as one, so a larger group stays smaller by it.
 */
const HEALING = {
  type: "OS::Aodh::LBMemberHealthAlarm",
  properties: {
    description: "a member of the pool is dead",
    pool: param("pool"),
    stack: { get_param: "OS::stack_id" },
    autoscaling_group_id: { get_resource: "group" },
    alarm_actions: ["trust+heat://"],
  },
};

export function groupTemplate(args: GroupTemplateArgs) {
  const { scaling, telemetry, name, flavor } = args;
  const cooldown = cooldownOf(scaling, telemetry);
  const withAodh = telemetry.driver !== "heat-signal";
  const alarmArgs = { serverGroup: name, vcpus: flavor.vcpus, scaling, telemetry };
  return {
    heat_template_version: TEMPLATE_VERSION,
    description: `elastic group ${name}: ${scaling.min} to ${scaling.max} servers`,
    parameters: Object.fromEntries(
      [...IDS, "turn", ...poolsOf(args).map(({ pool }) => pool)].map((name) => [name, { type: "string" }]),
    ),
    resources: {
      boot: { type: BOOT_TYPE },
      group: group(args),
      grow: policy(1, cooldown),
      shrink: policy(-1, cooldown),
      ...(withAodh ? cpuAlarms(alarmArgs, { grow: "grow", shrink: "shrink" }) : {}),
      ...(withAodh && scaling.heal ? { dead: HEALING } : {}),
    },
    outputs: {
      // The provider reads outputs that are text, and nothing else.
      server_ids: { value: { list_join: [",", { get_attr: ["group", "refs"] }] } },
      grow_policy_id: { value: { get_resource: "grow" } },
      shrink_policy_id: { value: { get_resource: "shrink" } },
      ...(withAodh
        ? { busy_alarm_id: { value: { get_resource: "busy" } }, idle_alarm_id: { value: { get_resource: "idle" } } }
        : // Everybody who has such an address may scale the group.
          {
            grow_url: { value: { get_attr: ["grow", "alarm_url"] } },
            shrink_url: { value: { get_attr: ["shrink", "alarm_url"] } },
          }),
    },
  };
}
