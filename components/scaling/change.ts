/** What an update of a group does to its members: whether Heat replaces them, and so whose turn it is. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { CloudApi } from "../cloud/api";
import { findStack, type HeatStack, resourcesOf } from "./heat-api";
import { type groupTemplate, type Turn, turnSchema } from "./template";

type Api = Pick<CloudApi, "call">;

export interface ChangeArgs {
  readonly api: () => Promise<Api>;
  /** The group's, which is the name of its Heat stack too. */
  readonly name: string;
  readonly template: ReturnType<typeof groupTemplate>;
  readonly userData: string;
  readonly warn: (line: string) => void;
}

export interface Change {
  readonly turn: Turn;
  /** False too where Heat has no such group yet. */
  readonly isReplacement: boolean;
}

/** Of a group that is yet to be made. */
export const FIRST: Change = { turn: "a", isReplacement: false };

/** What makes a server another one; the rest of a member changes without one. */
export const SERVER_PROPERTIES = ["image", "flavor", "root_disk", "zone", "key_pair"] as const;

const templateSchema = z.object({
  resources: z.object({
    group: z.object({
      properties: z.object({ resource: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
    }),
  }),
});
const configSchema = z.object({ software_config: z.object({ config: z.string() }) });

/**
 * The same in a preview, in the `up` after it, and in that `up` again when it failed half-way: members that are replaced
 * already stay as they are. Where Heat cannot be asked, it warns, and takes it that no server is another one.
 */
export async function changeOf({ api: signIn, name, template, userData, warn }: ChangeArgs): Promise<Change> {
  let turn: Turn | undefined;
  try {
    const api = await signIn();
    const group = await findStack(api, name);
    if (!group) return FIRST;
    turn = turnSchema.optional().parse(group.parameters.turn);
    // Members of older versions had no turns.
    if (turn === undefined) return { turn: FIRST.turn, isReplacement: true };
    if (await bootsTheSame(api, group, template, userData)) return { turn, isReplacement: false };
    return { turn: turn === "a" ? "b" : "a", isReplacement: true };
  } catch (cause) {
    warn(`group ${name}: what its members boot from cannot be seen, so nothing is tried out: ${String(cause)}`);
    return { turn: turn ?? FIRST.turn, isReplacement: false };
  }
}

async function bootsTheSame(
  api: Api,
  { place }: HeatStack,
  template: ChangeArgs["template"],
  userData: string,
): Promise<boolean> {
  const before = templateSchema.safeParse(await api.call("orchestration", `${place}/template`)).data;
  const wanted: Readonly<Record<string, unknown>> = template.resources.group.properties.resource.properties;
  const has = before?.resources.group.properties.resource.properties;
  if (!has || !SERVER_PROPERTIES.every((key) => isDeepStrictEqual(has[key], wanted[key]))) return false;
  const all = await resourcesOf(api, place, 1);
  const config = all.find(({ resource_type: type }) => type === "OS::Heat::SoftwareConfig");
  if (!config?.physical_resource_id) return false;
  const answer = await api.call("orchestration", `/software_configs/${config.physical_resource_id}`);
  return configSchema.parse(answer).software_config.config === userData;
}
