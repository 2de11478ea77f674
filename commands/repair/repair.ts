/**
 * Heals a stack whose last `up` was killed or failed. What was being made when the engine was killed may be in the cloud,
 * but Pulumi never learned its id: the next `up` would make it twice. Here it is found in the cloud by its inputs and
 * adopted. So is what the cloud has made without an answer that came. What could not be made, and is in the way, is deleted or named.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation";
import { type CloudApi, cloudApi } from "../../components/cloud/api";
import { endpointOf } from "../../components/cloud/endpoints";
import { failedBalancers } from "../../components/cloud/failed-balancers";
import { Naming } from "../../components/core/naming";
import { say } from "../../toolchain/progress";
import { run } from "../../toolchain/run";
import { signIn } from "../stack/sign-in";
import { removeFailedBalancers } from "./failed-balancers";
import { failedVolumes } from "./failed-volumes";
import { LOOKUPS, lookUp, REPEATABLE } from "./lookups";
import { isOfLastRun, plannedCreates, readPlan } from "./lost-answers";
import { subnetsOfOthers } from "./other-stores";
import { type ExportedState, exportedState, knownIds, type PendingCreate, pendingCreates, settle } from "./state";

const POLL_SECONDS = 2;
const PATIENCE_SECONDS = 1200;

export interface RepairOptions {
  /** Whatever has the stack's names and tags is the stack's, also where another backend may have made it. */
  readonly ours?: boolean;
}

/**
 * Does nothing when no create is pending and the last run did not fail. Secrets stay encrypted all the way.
 * @returns how many objects were adopted
 * @throws Error naming what has to be settled by hand: objects found twice, or of a kind that is not known here, or of another
 *   backend's store
 */
export async function repair(
  stack: Stack,
  env: Readonly<Record<string, string>>,
  { ours = false }: RepairOptions = {},
): Promise<number> {
  const state = await exportState(stack, env);
  const pending = pendingCreates(state);
  const last = await stack.info(false);
  if (pending.length === 0 && last?.result !== "failed") return 0;
  const scope = await signIn(await stack.getAllConfig(), env);
  const cloud = cloudApi(scope);
  const naming = new Naming((await stack.workspace.projectSettings()).name, stack.name);
  const failed = endpointOf(scope, "load-balancer") ? await failedBalancers(cloud, scope.projectId, naming.prefix) : [];
  const isOutdated = await removeFailedBalancers(cloud, state, failed);
  for (const line of await failedVolumes(cloud, state, naming)) say(line);
  if (pending.length === 0 && isOutdated) await stack.refresh();
  const isUp = last?.kind === "update" && last.result === "failed";
  const lost =
    pending.length === 0 && isUp ? await answersLost(stack, env, cloud, scope.projectId, last.startTime) : [];
  if (pending.length === 0 && lost.length === 0) return 0;
  const others = ours ? [] : await subnetsOfOthers(cloud, scope.projectId, naming.prefix, knownIds(state));
  if (others.length > 0) throw new Error(whoseIsIt(stack.name, naming.prefix, others));
  if (lost.length > 0) return adopt(stack, env, lost);
  say(`the last run was killed while it made ${pending.length} resources: looking for them in the cloud`);
  // A server that is to be replaced has its successor's name.
  const found = await Promise.allSettled(
    pending.map((create) => identify(cloud, create, scope.projectId, knownIds(state, create.type))),
  );
  const problems = found.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
  if (problems.length > 0) throw new Error(`stack ${stack.name} cannot be repaired yet:\n${problems.join("\n")}`);

  const ids = new Map(found.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : [])));
  for (const { urn } of pending) say(`  ${urn.split("::").slice(-1)}: ${ids.get(urn) ?? "was not made"}`);
  await importState(stack, env, settle(state, ids));
  await stack.refresh();
  return ids.size;
}

type Lost = readonly [create: PendingCreate, id: string];

/** What the last run asked for, the cloud has made, and the state does not have: the answer did not come. */
async function answersLost(
  stack: Stack,
  env: Readonly<Record<string, string>>,
  cloud: CloudApi,
  projectId: string,
  since: Date,
): Promise<Lost[]> {
  const save = (file: string) =>
    run("pulumi", ["preview", "--stack", stack.name, "--non-interactive", "--save-plan", file], where(stack, env));
  const plan = await readPlan(save).catch((cause: unknown) => {
    const why = /error: (.*)/.exec(cause instanceof Error ? cause.message : "")?.[1] ?? String(cause);
    say(`no preview can be made, and so nobody looks for what the last run may have made without an answer: ${why}`);
    return undefined;
  });
  const creates = plan ? plannedCreates(plan) : [];
  const state = await exportState(stack, env);
  const known = knownIds(state);
  const found = await Promise.all(
    creates.map(async (create) => {
      const isIt = (item: Item) => isOfLastRun(item, create.inputs, known, since.getTime());
      const [, id] = (await identify(cloud, create, projectId, knownIds(state, create.type), isIt)) ?? [];
      return id === undefined ? [] : [[create, id] as const];
    }),
  );
  return found.flat();
}

async function adopt(stack: Stack, env: Readonly<Record<string, string>>, lost: readonly Lost[]): Promise<number> {
  say(`the cloud has made ${lost.length} resources whose answer the last run did not get: adopting them`);
  for (const [{ urn }, id] of lost) say(`  ${urn.split("::").slice(-1)}: ${id}`);
  const state = await exportState(stack, env);
  const operations = lost.map(([resource]) => ({ type: "creating", resource }));
  const pending = { ...state, deployment: { ...state.deployment, pending_operations: operations } };
  await importState(stack, env, settle(pending, new Map(lost.map(([{ urn }, id]) => [urn, id]))));
  await stack.refresh();
  return lost.length;
}

function whoseIsIt(stack: string, prefix: string, others: readonly string[]): string {
  const lines = others.map((line) => `  ${line}\n`).join("");
  return (
    `the project has parts of a store ${prefix} that this backend does not know; nothing was adopted:\n${lines}` +
    "  What to do: if they are a colleague's, whose backend has a stack of this name too, give yours another name; if they are " +
    `what is left of a store of yours, \`npm run repair -- ${stack} --ours\``
  );
}

type Item = Readonly<Record<string, unknown>>;

/**
 * @param known ids in the state
 * @param isIt whether one that matches may be the one
 * @returns the URN and Pulumi's id, or nothing when the cloud has no such object
 */
async function identify(
  cloud: CloudApi,
  { urn, type, inputs }: PendingCreate,
  projectId: string,
  known: ReadonlySet<string>,
  isIt: (item: Item) => boolean = () => true,
): Promise<[string, string] | undefined> {
  if (REPEATABLE.some((kind) => kind.test(type))) return undefined;
  const lookup = LOOKUPS[type];
  if (!lookup) throw new Error(`${urn}: no way is known to look for a ${type}; settle it with \`pulumi refresh\``);
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const idOf = (item: Item) => lookup.id?.(item, inputs) ?? String(item.id);
    const items = (await lookUp(cloud, lookup, inputs, projectId)).filter(
      (item) => !known.has(idOf(item)) && isIt(item),
    );
    const [item, another] = items;
    if (!item) return undefined;
    if (another) {
      const ids = items.map(({ id }) => id).join(", ");
      throw new Error(`${urn}: the cloud has ${items.length} of them (${ids}); delete the ones that nothing uses`);
    }
    if (lookup.isSettled?.(item) ?? true) return [urn, idOf(item)];
    if (Date.now() > deadline) throw new Error(`${urn}: ${item.id} is still being made after ${PATIENCE_SECONDS} s`);
    await sleep(POLL_SECONDS * 1000);
  }
}

async function exportState(stack: Stack, env: Readonly<Record<string, string>>): Promise<ExportedState> {
  const { stdout } = await run("pulumi", ["stack", "export", "--stack", stack.name], where(stack, env));
  return exportedState.parse(JSON.parse(stdout));
}

async function importState(stack: Stack, env: Readonly<Record<string, string>>, state: ExportedState): Promise<void> {
  const input = JSON.stringify(state);
  await run("pulumi", ["stack", "import", "--stack", stack.name], { ...where(stack, env), input });
}

/** Not by the Automation API: its export decrypts, and its import goes through a plain file. */
function where(stack: Stack, env: Readonly<Record<string, string>>) {
  return { cwd: stack.workspace.workDir, env: { ...env } };
}
