/** `npm run uploads -- STACK --at TIME [--yes] | --prune`: in the checkout, on your own backend and cloud, or on the lab. */
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation";
import { type CloudApi, cloudApi } from "../../components/cloud/api";
import { restoreSchema } from "../../components/config/backups-schema";
import { secondOf } from "../../components/core/time";
import { fail, say } from "../../toolchain/progress";
import { ownEnvironment, ownStack } from "../stack/own-stack";
import { signIn } from "../stack/sign-in";
import { atOnce, type Outcome } from "./at-once";
import { firstKept, requireKept } from "./kept";
import { type Step, stepsTo, take } from "./past";
import { forget, outdated } from "./prune";
import { histories } from "./versions";

const USAGE = "usage: npm run uploads -- STACK --at 2026-11-27T10:15:00Z [--yes] | --prune";
const AT_ONCE = 16;
const TOLD_EVERY = 1_000;
const LISTED = 10;

async function main(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { at: { type: "string" }, yes: { type: "boolean" }, prune: { type: "boolean" } },
  });
  const [stackName] = positionals;
  const isOne = (values.at === undefined) === (values.prune === true);
  if (!stackName || positionals.length > 1 || !isOne || (values.yes && values.prune)) throw new Error(USAGE);
  const at = restoreSchema.shape.at.safeParse(values.at);
  if (!at.success) throw new Error(`--at ${values.at} ${at.error.issues[0]?.message}\n${USAGE}`);

  const env = await ownEnvironment();
  const stack = await ownStack(stackName, env);
  const config = await stack.getAllConfig();
  const now = Date.now();
  const first = firstKept(stackName, config, now);
  if (at.data !== undefined) requireKept(Date.parse(at.data), first, now);
  const container = await containerOf(stack);
  const api = cloudApi(await signIn(config, env), () => signIn(config, env));
  if (at.data === undefined) return prune(api, container, first);
  await bringBack(api, container, at.data, values.yes === true);
}

async function containerOf(stack: Stack): Promise<string> {
  const { containers } = await stack.outputs();
  const name: unknown = containers?.value?.media;
  if (typeof name !== "string")
    throw new Error(`stack ${stack.name} has no container of uploads yet: run \`up\` first`);
  return name;
}

async function bringBack(api: CloudApi, container: string, at: string, isAgreed: boolean): Promise<void> {
  const steps = () => stepsTo(Date.parse(at), api, container);
  if ((await show(steps(), container, at)) === 0) return;
  if (!isAgreed && !(await agreed())) return say("nothing was changed");
  const since = secondOf(Date.now());
  const outcome = await atOnce(steps(), AT_ONCE, (step) => take(api, container, step), tell);
  requireAll(outcome);
  say(`${container} is as it was at ${at}. To undo that: --at ${since}`);
}

/** @returns how many steps there are */
async function show(steps: AsyncIterable<Step>, container: string, at: string): Promise<number> {
  const counts = { "put back": 0, "take away": 0 };
  let bytes = 0;
  for await (const step of steps) {
    if (step.kind === "put back") bytes += step.version.bytes;
    if (counts[step.kind]++ < LISTED) process.stdout.write(`${step.kind}  ${step.name}\n`);
  }
  const { "put back": back, "take away": away } = counts;
  if (back + away === 0) say(`${container} is as it was at ${at} already`);
  else say(`${back} objects (${Math.ceil(bytes / 2 ** 20)} MiB) to put back, ${away} that were not there to take away`);
  return back + away;
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    say("--yes does it");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Do it? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function prune(api: CloudApi, container: string, until: number): Promise<void> {
  let count = 0;
  const outcome = await atOnce(histories(api, container), AT_ONCE, async (history) => {
    const old = outdated(history, until, Date.now());
    await forget(api, container, history.name, old);
    count += old.length;
  });
  requireAll(outcome);
  say(`${container}: ${count} versions from before ${new Date(until).toISOString()} are deleted`);
}

const tell = (done: number) => {
  if (done > 0 && done % TOLD_EVERY === 0) say(`${done} objects`);
};

function requireAll({ done, failed, reason }: Outcome): void {
  if (failed > 0) throw new Error(`${failed} objects failed, ${done} did not: ${reason}\nrun the same command again`);
}

main(process.argv.slice(2)).catch(fail);
