/** One small store's life through a proxy that does harm: `up`, `up` again, `destroy`, each judged, and mended where it failed. */
import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { repair } from "../../commands/repair/repair";
import { ROOT } from "../../toolchain/paths";
import { unclear } from "./clear-error";
import { CloudApi } from "./cloud-api";
import { type FaultPlan, noFaults } from "./fault-plan";
import { FaultProxy } from "./fault-proxy";
import { KillableRun, type Run } from "./killable-run";
import { TEST_CLOUD, type TestLab } from "./lab";
import { NeighbourStore } from "./neighbour-store";
import { ONE_EACH } from "./stack-files";

export const PHASES = ["up", "up again", "destroy"] as const;
export type Phase = (typeof PHASES)[number];

/** Seconds of a run, several silences included; longer is a run that hangs. */
const PATIENCE = 420;
const STACK = "stumbling";
const PREFIX = `ecommerce-${STACK}`;
const ARTEFACTS = path.join(ROOT, ".test-artefacts/faults");

/**
 * @param title of the artefacts: a file with what each run said, and a line in `runs.jsonl` for each run
 * @param planOf the harm in each phase
 * @throws AssertionError naming the phase, what was done to it, and what is wrong
 */
export async function stumble(lab: TestLab, title: string, planOf: (phase: Phase) => FaultPlan): Promise<void> {
  const clouds = lab.env.OS_CLIENT_CONFIG_FILE ?? "";
  // Anew each time: a token lasts for an hour, many seeds last longer.
  const member = await CloudApi.signIn(clouds, TEST_CLOUD);
  const neighbour = await NeighbourStore.create(member, `${PREFIX}-2`);
  const before = await neighbour.state();
  const alone = await member.everything();
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-faults-"));
  let running: KillableRun | undefined;
  const proxy = await FaultProxy.start(member.endpoint("identity"), { kill: () => running?.kill() });
  try {
    const env = { OS_CLIENT_CONFIG_FILE: await cloudsBehind(proxy, clouds, folder) };
    const stack = await lab.open(STACK, ONE_EACH, env);
    const all = { ...lab.env, ...env };
    for (const phase of PHASES) {
      const command = phase === "destroy" ? "destroy" : "up";
      proxy.done.length = 0;
      proxy.follow(planOf(phase));
      running = KillableRun.start(command, stack, all);
      const run = await running.wait(PATIENCE);
      proxy.follow(noFaults);
      const told = `${title}, ${phase}: ${run.ending} after ${run.seconds.toFixed(0)} s\n${harm(proxy)}`;
      await keep(title, phase, run, proxy);
      judge(run, told);
      if (run.ending !== "done") await mended(command, stack, all, told);
      if (command === "up") await isConverged(stack, member, told);
      assert.equal(await neighbour.state(), before, `${told}\nthe neighbour's objects are not what they were`);
    }
    assert.deepEqual(await member.everything(), alone, `${title}: objects are left after destroy`);
  } finally {
    proxy.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const harm = (proxy: FaultProxy) => proxy.done.map(({ asked, fault }) => `  '${asked}': "${fault}",`).join("\n");

async function cloudsBehind(proxy: FaultProxy, clouds: string, folder: string): Promise<string> {
  const all = JSON.parse(await readFile(clouds, "utf8"));
  const { auth } = all.clouds[TEST_CLOUD];
  auth.auth_url = proxy.urlOf(auth.auth_url);
  const file = path.join(folder, "clouds.yaml");
  await writeFile(file, JSON.stringify({ clouds: { [TEST_CLOUD]: all.clouds[TEST_CLOUD] } }), { mode: 0o600 });
  return file;
}

/** It is done, was killed by a fault, or says clearly what went wrong. */
function judge({ ending, said }: Run, told: string): void {
  assert.notEqual(ending, "late", `${told}\nit hangs; it has said:\n${said.slice(-2000)}`);
  if (ending === "failed")
    assert.deepEqual(unclear(said), [], `${told}\nits error is not clear:\n${said.slice(-4000)}`);
}

/** As docs/operations.md says. */
async function mended(command: "up" | "destroy", stack: Stack, env: Readonly<Record<string, string>>, told: string) {
  // The lock of an engine that was killed.
  await stack.cancel().catch(() => undefined);
  try {
    await repair(stack, env);
    await stack[command]();
  } catch (cause) {
    assert.fail(`${told}\nwithout faults it does not go on: ${String(cause).slice(-4000)}`);
  }
}

async function isConverged(stack: Stack, member: CloudApi, told: string): Promise<void> {
  const { changeSummary } = await stack.preview();
  assert.deepEqual(
    Object.keys(changeSummary),
    ["same"],
    `${told}\nthe next preview has changes: ${JSON.stringify(changeSummary)}`,
  );
  for (const [kind, names] of Object.entries(await member.everything())) {
    const own = names.filter((name) => String(name).startsWith(PREFIX) && !String(name).startsWith(`${PREFIX}-2`));
    assert.equal(new Set(own).size, own.length, `${told}\n${kind} made twice: ${own}`);
  }
}

async function keep(title: string, phase: Phase, { ending, said, seconds }: Run, proxy: FaultProxy): Promise<void> {
  await mkdir(ARTEFACTS, { recursive: true });
  const line = { title, phase, ending, seconds: Math.round(seconds), requests: proxy.requests, faults: proxy.done };
  await appendFile(path.join(ARTEFACTS, "runs.jsonl"), `${JSON.stringify(line)}\n`);
  await writeFile(path.join(ARTEFACTS, `${title} ${phase}.log`.replaceAll(" ", "-")), `${said}\n${harm(proxy)}\n`);
}
