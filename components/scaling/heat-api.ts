/** Heat's API, for what the provider does not do: looking into stacks, and making and removing one for a moment. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type CloudApi, unlessMissing } from "../cloud/api";

const PATIENCE_SECONDS = 900;

const resourcesSchema = z.object({
  resources: z.array(
    z.object({
      resource_name: z.string(),
      resource_type: z.string(),
      resource_status: z.string(),
      resource_status_reason: z.string().nullish(),
      physical_resource_id: z.string().nullish(),
    }),
  ),
});

const listSchema = z.object({ stacks: z.array(z.object({ id: z.string(), stack_name: z.string() })) });

const stackSchema = z.object({
  stack: z.object({
    stack_status: z.string(),
    parameters: z.record(z.string(), z.unknown()).default({}),
    outputs: z.array(z.object({ output_key: z.string(), output_value: z.unknown() })).default([]),
  }),
});

export interface HeatStack {
  /** Where it is in Heat's API: `/stacks/NAME/ID`. */
  readonly place: string;
  /** E.g. `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

type Api = Pick<CloudApi, "call">;

/** @returns the stack of that name; nothing where Heat has none */
export async function findStack(api: Api, name: string): Promise<HeatStack | undefined> {
  const { stacks } = listSchema.parse(await api.call("orchestration", `/stacks?name=${encodeURIComponent(name)}`));
  const listed = stacks.find((one) => one.stack_name === name);
  if (!listed) return undefined;
  const place = `/stacks/${name}/${listed.id}`;
  const answer = await unlessMissing(() => api.call("orchestration", place));
  if (!answer) return undefined;
  const { stack_status: status, parameters, outputs } = stackSchema.parse(answer).stack;
  const values = Object.fromEntries(outputs.map((one) => [one.output_key, one.output_value]));
  return { place, status, parameters, outputs: values };
}

/** @param depth of nested stacks to look into */
export async function resourcesOf(api: Api, place: string, depth: number) {
  return resourcesSchema.parse(await api.call("orchestration", `${place}/resources?nested_depth=${depth}`)).resources;
}

/** Reasons of the innermost resources; the resources around them repeat these, each with one more `resources.NAME` before. */
export async function failures(api: Api, place: string): Promise<string> {
  const failed = (await resourcesOf(api, place, 4)).filter(({ resource_status: one }) => one.endsWith("FAILED"));
  const told = failed.map(({ resource_name: name, resource_status_reason: reason }) => ({
    name,
    reason: reason ?? "",
  }));
  const depth = (reason: string) => reason.split(/\bresources[.[]/).length;
  const least = Math.min(...told.map(({ reason }) => depth(reason)));
  const innermost = told
    .filter(({ reason }) => depth(reason) === least)
    .map(({ name, reason }) => `${name}: ${reason}`);
  return [...new Set(innermost)].join("; ") || "Heat gives no reason";
}

/**
 * Resolves when it is gone, with everything in it.
 * @param pause seconds between two looks
 * @throws Error when Heat cannot delete it
 */
export async function removeStack(api: Api, place: string, pause = 3): Promise<void> {
  await unlessMissing(() => api.call("orchestration", place, "DELETE"));
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const answer = await unlessMissing(() => api.call("orchestration", place));
    const status = stackSchema.safeParse(answer).data?.stack.stack_status;
    if (answer === undefined || status === "DELETE_COMPLETE") return;
    if (status === "DELETE_FAILED" || Date.now() > deadline) throw new Error(`its deletion stands at ${status}`);
    await sleep(pause * 1000);
  }
}
