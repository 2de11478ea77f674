import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { MemberPool } from "../balancing/balancer";
import type { CloudApi } from "../cloud/api";
import { type Role, renderUserData } from "../cloud-init/role";
import { keptApart } from "../compute/kept-apart";
import type { AutoScaling, TelemetryConfig } from "../config/scaling-schema";
import type { GroupConfig } from "../config/schema";
import type { Flavor } from "../core/flavor";
import type { Group, GroupArgs } from "../groups/group";
import type { ScalingHandles, ScalingUrls } from "../outputs";
import { Handover } from "../readiness/handover";
import { runError } from "../readiness/run-error";
import { type Change, changeOf, FIRST } from "./change";
import { stackFailureReporter } from "./heat-failure";
import { environment, nestedSha256 } from "./nested";
import { type GroupParameter, groupTemplate, type PoolParameter } from "./template";
import { type TrialArgs, type TrialParameter, tryOut } from "./trial";

export interface ElasticGroupArgs extends GroupArgs {
  readonly config: Pick<GroupConfig, "rootDisk">;
  readonly scaling: AutoScaling;
  readonly telemetry: TelemetryConfig;
  readonly flavor: Flavor;
  /** Whose Heat has the group already, as `lateApi` gives it; none: the group has no servers yet. */
  readonly standsIn: (() => Promise<CloudApi>) | undefined;
}

/** Minutes that a member may take to be made or to go. */
const MEMBER_MINUTES = 10;

/**
 * A tier's servers as a Heat stack that Aodh's alarms make larger and smaller. Heat decides how many there are, so what
 * Pulumi knows of single servers is what Heat said at the last `up` or refresh.
 */
export class ElasticGroup extends pulumi.ComponentResource implements Group {
  readonly serverIds: pulumi.Output<string[]>;
  readonly ready: pulumi.Resource;
  readonly settled: pulumi.Output<void>;
  /** What scales the group, for other stacks and for alerting of the user's own. */
  readonly handles: pulumi.Output<ScalingHandles>;
  /** Secret. A POST to one scales the group; none with alarms of our own. */
  readonly urls: pulumi.Output<ScalingUrls | undefined>;

  constructor(name: string, args: ElasticGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:scaling:ElasticGroup", name, {}, opts);
    const { naming, tier, scaling, telemetry, flavor, network, zones = [], balancer, handover, standsIn } = args;
    const serverGroup = keptApart(name, naming.name(tier), this);
    const pools = (balancer?.pools ?? []).map((pool) => ({ ...pool, parameter: poolParameter(pool) }));
    const ports = Object.fromEntries(pools.map(({ parameter, port }) => [parameter, port]));
    const template = groupTemplate({
      name: naming.name(tier),
      scaling,
      telemetry,
      flavor,
      imageId: args.imageId,
      rootDisk: args.config.rootDisk?.size ?? 0,
      // Nova spreads over all zones when it is told none; a group has one definition for all members.
      zone: zones.length === 1 ? (zones[0] ?? "") : "",
      keyPair: args.keyPair ?? "",
      ports,
      metadata: naming.metadata(tier),
      tags: naming.tags(tier),
      nestedSha256: nestedSha256(),
    });
    const place = {
      network: network.networkId,
      subnet: network.subnetId,
      security_group: args.securityGroupId,
      server_group: serverGroup.id,
    } satisfies Record<TrialParameter, pulumi.Input<string>>;
    const stackName = naming.name(tier);
    // Heat names the servers.
    const userData = pulumi
      .output<Role>(args.role)
      .apply((role) => renderUserData(role, { ...args.boot, hostname: undefined }));
    const change: pulumi.Output<Change> = standsIn
      ? userData.apply((text) =>
          changeOf({ api: standsIn, name: stackName, template, userData: text, warn: this.warn }),
        )
      : pulumi.output(FIRST);
    const approved = handover
      ? pulumi
          .all([userData, change, pulumi.output(place), pulumi.all((args.bootAfter ?? []).map(({ urn }) => urn))])
          .apply(async ([text, { isReplacement }, known]) => {
            if (isReplacement) await this.tryOut(stackName, template, known, text, handover);
            return text;
          })
      : userData;
    const parameters: Partial<Record<GroupParameter, pulumi.Input<string>>> = {
      ...place,
      // User data is a secret; whose turn it is after it is none.
      turn: pulumi.unsecret(change.apply(({ turn }) => turn)),
      ...Object.fromEntries(pools.map(({ parameter, id }) => [parameter, id])),
    };
    const minutes = patience(scaling);
    const stack = new openstack.orchestration.StackV1(
      name,
      {
        name: stackName,
        templateOpts: { Bin: JSON.stringify(template, undefined, 2) },
        parameters,
        environmentOpts: {
          Bin: pulumi.secret(approved.apply((text) => environment(text))),
        },
        disableRollback: true,
        timeout: minutes,
      },
      {
        parent: this,
        dependsOn: [...(balancer ? [balancer.ready] : []), ...(args.bootAfter ?? [])],
        // Heat gives up first, and says why. The provider waits for updates as long as for deletions.
        customTimeouts: { create: `${minutes + 5}m`, update: `${minutes + 5}m`, delete: `${minutes + 5}m` },
        additionalSecretOutputs: ["StackOutputs"],
        hooks: { onError: [stackFailureReporter(name, stackName, { parent: this })] },
      },
    );
    this.ready = stack;
    const outputs = stack.StackOutputs.apply(
      (list): Readonly<Record<string, string | undefined>> =>
        Object.fromEntries(list.map((one) => [one.outputKey, one.outputValue])),
    );
    // Ids are no secrets; the webhooks beside them are.
    const ids = pulumi.unsecret(outputs);
    this.serverIds = ids.apply(({ server_ids: list = "" }) => list.split(",").filter((id) => id !== ""));
    this.handles = pulumi.all([stack.id, ids]).apply(([stackId, found]) => {
      const {
        grow_policy_id: grow = "",
        shrink_policy_id: shrink = "",
        busy_alarm_id: busy,
        idle_alarm_id: idle,
      } = found;
      return { stackId, policyIds: { grow, shrink }, alarmIds: busy && idle ? { busy, idle } : undefined };
    });
    this.urls = outputs.apply(({ grow_url: grow, shrink_url: shrink }) =>
      grow && shrink ? { grow, shrink } : undefined,
    );
    const members = pulumi.all([this.serverIds, pulumi.all(pools.map(({ id }) => id))]);
    this.settled = handover
      ? // Its time begins with the last batch.
        members.apply(([ids, poolIds]) => new Handover(handover.args).complete(ids, poolIds).catch(runError))
      : pulumi.output(undefined);
    this.registerOutputs({ serverIds: this.serverIds, handles: this.handles });
  }

  private readonly warn = (line: string) => void pulumi.log.warn(line, this);

  private tryOut(
    name: string,
    template: TrialArgs["template"],
    parameters: TrialArgs["parameters"],
    userData: string,
    { args: { api, seconds, pause, consoles } }: Handover,
  ): Promise<void> {
    const progress = (line: string) => void pulumi.log.info(line, this, undefined, true);
    const looks = { ...(pause === undefined ? {} : { pause }), ...(consoles === undefined ? {} : { consoles }) };
    return tryOut({ api, name, template, parameters, userData, seconds, progress, warn: this.warn, ...looks }).catch(
      runError,
    );
  }
}

function poolParameter({ suffix }: MemberPool): PoolParameter {
  return suffix === "-https" ? "https_pool" : "pool";
}

/** Minutes for the slowest thing that Heat may have to do: replacing the largest group, batch by batch. */
function patience({ max, warmup, rollout }: AutoScaling): number {
  const batches = Math.ceil(max / rollout.batch);
  return Math.ceil(batches * (MEMBER_MINUTES + (warmup + rollout.pause) / 60)) + MEMBER_MINUTES;
}
