/**
 * Before Heat replaces members of a group, one server more boots from what they are to boot from, and goes again. Heat takes
 * a server that Nova has started for a member that serves, and would replace all of them by servers that fail to boot.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ApiError, type CloudApi } from "../cloud/api";
import { MuteConsoles } from "../readiness/mute-consoles";
import { reportsOf } from "../readiness/servers";
import { SERVER_PROPERTIES } from "./change";
import { failures, findStack, removeStack } from "./heat-api";
import { environment } from "./nested";
import {
  BOOT_TYPE,
  type GroupParameter,
  type groupTemplate,
  type PoolParameter,
  SERVER_TYPE,
  TEMPLATE_VERSION,
} from "./template";

type Api = Pick<CloudApi, "call" | "post">;
export type TrialParameter = Exclude<GroupParameter, PoolParameter | "turn">;

export interface TrialArgs {
  readonly api: () => Promise<Api>;
  /** The group's, which is the name of its Heat stack too. */
  readonly name: string;
  readonly template: ReturnType<typeof groupTemplate>;
  /** Values of the template's parameters, by their names; pools may be left out. */
  readonly parameters: Readonly<Record<TrialParameter, string>>;
  readonly userData: string;
  /** Seconds that the server has to be ready. */
  readonly seconds: number;
  /** Called with what happens. */
  readonly progress: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Seconds between two looks; default 5. */
  readonly pause?: number;
  /** Seconds after which a console that stays empty is none; default 180. */
  readonly consoles?: number;
}

/**
 * Resolves when Heat may replace the group's members. It warns when they would leave before their successors serve.
 * @throws Error with what the server on trial says of itself, when it fails or is late, or when it takes so long that Heat
 * would begin a batch before the one before it serves; then no member is replaced
 */
export async function tryOut(args: TrialArgs): Promise<void> {
  const { name, template, progress, warn } = args;
  const api = await args.api();
  progress(`group ${name}: one server boots from what its members shall boot from, before any of them is replaced`);
  const outcome = await boot(api, args);
  if ("hindrance" in outcome) {
    warn(`group ${name}: its members are replaced without a trial, since ${outcome.hindrance}`);
    return;
  }
  const { seconds } = outcome;
  const { max_size: most, rolling_updates: rollout, resource } = template.resources.group.properties;
  const { warmup } = resource.properties;
  const longer = `set scaling.warmup to ${Math.ceil((seconds * 1.5) / 10) * 10} or more`;
  const between = warmup + rollout.pause_time;
  if (seconds > between && most > rollout.max_batch_size) {
    throw new Error(
      [
        `group ${name} keeps its servers: one on trial took ${seconds} s to be ready, but Heat begins the next batch after ${between} s (scaling.warmup and rollout.pause)`,
        `No member was replaced. In the stack file ${longer}, then up again.`,
      ].join("\n"),
    );
  }
  if (seconds > warmup) {
    warn(
      `group ${name}: one on trial took ${seconds} s to be ready, but each member goes ${warmup} s after the start of its replacement: ${longer}`,
    );
  }
  progress(`group ${name}: the server on trial was ready after ${seconds} s; now Heat replaces the members`);
}

/** How long the server on trial took to be ready, or what hindered a trial, which is no fault of the server's. */
type Outcome = { readonly seconds: number } | { readonly hindrance: string };

const trialName = (group: string) => `${group}-trial`;

/** @throws Error when the server fails or is late */
async function boot(api: Api, args: TrialArgs): Promise<Outcome> {
  const { name, pause } = args;
  const trial = trialName(name);
  // Of a run that was killed.
  const left = await findStack(api, trial);
  if (left) await removeStack(api, left.place, pause);
  let place: string;
  try {
    const answer = await api.post("orchestration", "/stacks", trialRequest(args));
    const { id } = z.object({ stack: z.object({ id: z.string() }) }).parse(answer).stack;
    place = `/stacks/${trial}/${id}`;
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    return { hindrance: `Heat makes no stack for it: ${cause.message}` };
  }
  try {
    return await judged(api, place, args);
  } finally {
    await removeStack(api, place, pause).catch((cause: unknown) =>
      args.warn(`the server on trial is still there (${String(cause)}): openstack stack delete ${trial}`),
    );
  }
}

async function judged(api: Api, place: string, args: TrialArgs): Promise<Outcome> {
  const { name, seconds, pause = 5 } = args;
  const until = Date.now() + seconds * 1000;
  const consoles = new MuteConsoles(args.consoles);
  for (let said = ""; ; await sleep(pause * 1000)) {
    const stack = await findStack(api, trialName(name));
    if (stack?.status === "CREATE_FAILED") {
      const reason = await failures(api, place);
      if (/quota/i.test(reason)) return { hindrance: `there is no room for one more server: ${reason}` };
      throw new Error(inWords(name, `could not be made: ${reason}`));
    }
    const id = stack?.status === "CREATE_COMPLETE" ? String(stack.outputs.server_id) : undefined;
    const [report] = id === undefined ? [] : await reportsOf(api, [id]);
    if (report?.ready) return { seconds: report.seconds };
    said = report?.says ?? `its Heat stack stands at ${stack?.status}`;
    if (report?.failed) throw new Error(inWords(name, said));
    const mute = id !== undefined && report ? consoles.why(id, report) : undefined;
    if (mute !== undefined) return { hindrance: `the server on trial cannot say whether it is ready: ${mute}` };
    if (Date.now() >= until) throw new Error(inWords(name, `is not ready after ${seconds} s (boot.handover): ${said}`));
  }
}

/** A member without a place in a pool, in a stack of its own: the same nested templates, the same way of its user data. */
export function trialRequest({
  name,
  template,
  parameters,
  userData,
  seconds,
}: Pick<TrialArgs, "name" | "template" | "parameters" | "userData" | "seconds">) {
  const member: Readonly<Record<string, unknown>> = template.resources.group.properties.resource.properties;
  const sent = JSON.parse(environment(userData));
  const urls = Object.values(z.record(z.string(), z.string()).parse(sent.resource_registry));
  const { "metering.server_group": _, ...metadata } = template.resources.group.properties.resource.properties.metadata;
  const own = Object.fromEntries(SERVER_PROPERTIES.map((key) => [key, member[key]]));
  return {
    stack_name: trialName(name),
    template: {
      heat_template_version: TEMPLATE_VERSION,
      description: `one server of group ${name} on trial; it goes by itself`,
      resources: {
        boot: { type: BOOT_TYPE },
        server: {
          type: SERVER_TYPE,
          // Not counted by the group's alarms.
          properties: {
            ...own,
            ...parameters,
            name: trialName(name),
            boot: { get_attr: ["boot", "config"] },
            metadata,
            tags: member.tags,
          },
        },
      },
      outputs: { server_id: { value: { get_resource: "server" } } },
    },
    environment: sent,
    files: Object.fromEntries(urls.map((url) => [url, readFileSync(new URL(url), "utf8")])),
    disable_rollback: true,
    timeout_mins: Math.max(1, Math.ceil(seconds / 60)),
  };
}

function inWords(group: string, said: string): string {
  return [
    `group ${group} keeps its servers, since one on trial does not serve:`,
    `  ${group}-trial: ${said}`,
    "No member was replaced. Remove the cause, then up again.",
  ].join("\n");
}
