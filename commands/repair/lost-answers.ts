/**
 * Objects that the cloud has made, though its answer never came: the connection broke, or a gateway cut the answer off. Nothing is pending
 * then, since to the engine the creation failed; the next `up` would make a second object, or be refused for the first one's sake. The
 * plan of that `up` says what is to be made, and with which inputs: what the cloud has of it already is found by them.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { LOOKUPS } from "./lookups";
import type { PendingCreate } from "./state";

type Item = Readonly<Record<string, unknown>>;

const goal = z.object({
  type: z.string(),
  custom: z.boolean(),
  inputDiff: z.object({ adds: z.record(z.string(), z.unknown()).default({}) }),
  parent: z.string().optional(),
  protect: z.boolean().optional(),
  provider: z.string().optional(),
  dependencies: z.array(z.string()).optional(),
  propertyDependencies: z.record(z.string(), z.array(z.string())).optional(),
});

/** What `pulumi preview --save-plan` writes, as far as it matters here. */
export const updatePlan = z.object({
  resourcePlans: z.record(z.string(), z.object({ goal: goal.optional(), steps: z.array(z.string()).nullish() })),
});

/** How the engine writes a value that is not known before the run. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * The resources that the next `up` makes for the first time and that an earlier one may have asked for: all of their inputs are known.
 * @returns each as the state would have it
 */
export function plannedCreates({ resourcePlans }: z.output<typeof updatePlan>): PendingCreate[] {
  return Object.entries(resourcePlans).flatMap(([urn, { goal: wanted, steps }]) => {
    if (!wanted?.custom || !LOOKUPS[wanted.type] || steps?.join() !== "create") return [];
    const { inputDiff, ...others } = wanted;
    const inputs = inputDiff.adds;
    return JSON.stringify(inputs).includes(UNKNOWN) ? [] : [{ urn, ...others, inputs }];
  });
}

/** @param preview runs it, and saves its plan in the file @throws what it throws */
export async function readPlan(preview: (file: string) => Promise<unknown>): Promise<z.output<typeof updatePlan>> {
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-plan-"));
  try {
    const file = path.join(folder, "plan.json");
    await preview(file);
    return updatePlan.parse(JSON.parse(await readFile(file, "utf8")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Clocks differ, here and there. */
const SKEW_MS = 300_000;
const BORN = ["created_at", "created", "creation_time"];

/** Failed objects are others' business: the provider has learned their ids, or they are named. */
const hasFailed = (item: Item) => [item.status, item.provisioning_status].some((one) => /^error/i.test(String(one)));

/**
 * Whether an object that matches can only be what the last run asked for: it belongs to something that the state has, or
 * nobody has put anything into it and it is no older than that run. Others may be what an earlier store has left, or a colleague's.
 * @param known ids in the state
 * @param since when the last run began, in milliseconds since 1970
 */
export function isOfLastRun(
  item: Item,
  inputs: PendingCreate["inputs"],
  known: ReadonlySet<string>,
  since: number,
): boolean {
  if (hasFailed(item)) return false;
  if (texts(inputs).some((text) => known.has(text))) return true;
  const born = BORN.map((key) => item[key]).find((value) => typeof value === "string");
  // Nova does not say when a server group was made.
  if (born === undefined) return Array.isArray(item.members) && item.members.length === 0;
  const isUnused = ["subnets", "attachments", "listeners", "pools"].every((key) => {
    const parts = item[key];
    return !Array.isArray(parts) || parts.length === 0;
  });
  return isUnused && time(String(born)) >= since - SKEW_MS;
}

/** Cinder and Octavia leave out that it is UTC. */
const time = (text: string) => Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}
