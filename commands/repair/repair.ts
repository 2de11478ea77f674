/**
 * Heals a stack whose last `up` was killed or failed. What was being made when the engine was killed may be in the cloud,
 * but Pulumi never learned its id: the next `up` would make it twice. Here it is found in the cloud by its inputs and
 * adopted. What could not be made, and is in the way, is deleted or named.
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
  if (pending.length === 0) {
    if (isOutdated) await stack.refresh();
    return 0;
  }
  say(`the last run was killed while it made ${pending.length} resources: looking for them in the cloud`);
  const others = ours ? [] : await subnetsOfOthers(cloud, scope.projectId, naming.prefix, knownIds(state));
  if (others.length > 0) throw new Error(whoseIsIt(stack.name, naming.prefix, others));
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

function whoseIsIt(stack: string, prefix: string, others: readonly string[]): string {
  const lines = others.map((line) => `  ${line}\n`).join("");
  return (
    `the project has parts of a store ${prefix} that this backend does not know; nothing was adopted:\n${lines}` +
    "  What to do: if they are a colleague's, whose backend has a stack of this name too, give yours another name; if they are " +
    `what is left of a store of yours, \`npm run repair -- ${stack} --ours\``
  );
}

/** @param known ids in the state. @returns the URN and Pulumi's id, or nothing when the cloud has no such object */
async function identify(
  cloud: CloudApi,
  { urn, type, inputs }: PendingCreate,
  projectId: string,
  known: ReadonlySet<string>,
): Promise<[string, string] | undefined> {
  if (REPEATABLE.some((kind) => kind.test(type))) return undefined;
  const lookup = LOOKUPS[type];
  if (!lookup) throw new Error(`${urn}: no way is known to look for a ${type}; settle it with \`pulumi refresh\``);
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const idOf = (item: Readonly<Record<string, unknown>>) => lookup.id?.(item, inputs) ?? String(item.id);
    const items = (await lookUp(cloud, lookup, inputs, projectId)).filter((item) => !known.has(idOf(item)));
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
