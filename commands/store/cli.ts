/** `npm run up | preview | down [-- STACK]`: the store on the embedded lab, set-up included. */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { OutputMap, Stack } from "@pulumi/pulumi/automation";
import { labEnvironment } from "../../lab/environment";
import { showStackFiles, workspaceOf } from "../../lab/stack-file";
import { ensureToolchain } from "../../toolchain/ensure";
import { CACHE, ROOT } from "../../toolchain/paths";
import { fail, say, step } from "../../toolchain/progress";
import { run } from "../../toolchain/run";
import { refuseWhileUsed } from "../dependents/dependents";
import { repair } from "../repair/repair";
import { PROJECT, readStackFile } from "../stack/stack-file";
import { openStack } from "../stack/workspace";
import { closingLines } from "./closing-lines";
import { labStore } from "./lab-store";

const USAGE = "usage: npm run up|preview|down [-- dev|prod]";
const SECRET = "[secret]";

async function main([command, stackName = "dev"]: string[]): Promise<void> {
  if (!command || !["up", "preview", "down"].includes(command)) throw new Error(USAGE);
  await step("toolchain", () => ensureToolchain());
  const profile = await profileFor(stackName);
  process.env.LAB_PROFILE = profile;
  // What `npm run lab` means from now on.
  await writeFile(path.join(CACHE, "lab-profile"), `${profile}\n`);
  await step("lab", async () => {
    const { status } = spawnSync(path.join(ROOT, "lab/lab.sh"), ["up"], { stdio: "inherit" });
    if (status !== 0) throw new Error("the lab did not start; its last message says what to do");
  });
  const env = await labEnvironment();
  const folder = workspaceOf(env);
  const config =
    command === "down"
      ? undefined
      : await (env.LAB_PROFILE === "full" ? labStore(env, stackName) : booksOnly(stackName));
  const stack = await openStack({ stack: stackName, folder, env, config, shared: true });
  await showStackFiles(env, stackName);
  if (command !== "preview") await repair(stack, env);
  if (command === "up") await up(stack, env.LAB_PROFILE === "full");
  else if (command === "down") await down(stack, env);
  else await preview(stack);
}

/** Where servers boot, if they can: the production stack wants images and balancers that only profile api has. */
async function profileFor(stackName: string): Promise<string> {
  const { LAB_PROFILE: chosen } = process.env;
  if (chosen) return chosen;
  const { stdout } = await run(path.join(ROOT, "lab/lab.sh"), ["obstacle"]);
  const obstacle =
    stackName === "dev" ? stdout : `stack ${stackName} wants images and balancers that boot nowhere here`;
  say(
    obstacle
      ? `lab profile api, whose servers are made but do not boot: ${obstacle}`
      : "lab profile full, whose servers boot (LAB_PROFILE=api does without)",
  );
  return obstacle ? "api" : "full";
}

/** Servers that never boot are not waited for. */
async function booksOnly(stackName: string): Promise<Record<string, unknown>> {
  const { sections } = await readStackFile(stackName);
  return { [`${PROJECT}:boot`]: { ...Object(sections.boot), handover: 0 } };
}

/** The pack, at the environment's levels. */
const judged = (stack: Stack) => ({
  policyPacks: [path.join(ROOT, "policy")],
  policyPackConfigs: [path.join(ROOT, "policy", `${stack.name}.json`)],
});

const shown = { onOutput: (text: string) => process.stderr.write(text), color: "auto", suppressOutputs: true } as const;

async function up(stack: Stack, boots: boolean): Promise<void> {
  await step("policies", () => judgePlan(stack));
  // The engine's own error has been shown by then; its exception would show it once more.
  const { outputs } = await stack.up({ ...shown, ...judged(stack), suppressProgress: true }).catch(() => explain("up"));
  printOutputs(outputs);
  process.stderr.write(`\n${closingLines({ stackName: stack.name, outputs, boots }).join("\n")}\n`);
}

/** The Automation API's `up` has no preview, and would judge the store as a whole when it stands already. */
async function judgePlan(stack: Stack): Promise<void> {
  let printed = "";
  const onOutput = (text: string) => {
    printed += text;
  };
  await stack.preview({ ...shown, ...judged(stack), onOutput, suppressProgress: true }).catch(() => {
    process.stderr.write(printed);
    return explain("up");
  });
}

async function preview(stack: Stack): Promise<void> {
  await stack.preview({ ...shown, ...judged(stack), diff: true }).catch(() => explain("preview"));
}

async function down(stack: Stack, env: Readonly<Record<string, string>>): Promise<void> {
  await refuseWhileUsed(stack, env);
  // The preview stops at a protected volume; the engine itself would first delete everything else.
  await stack.previewDestroy({ ...shown, suppressProgress: true }).catch(() => explain("down"));
  await stack.destroy({ ...shown, suppressProgress: true, remove: true }).catch(() => explain("down"));
  say(`stack ${stack.name} is gone; the lab still runs (npm run lab -- down stops it)`);
}

function explain(command: string): never {
  const protectedData =
    command === "down"
      ? "\nA protected volume is let go with `npx pulumi state unprotect`, or by database.volume.onDestroy and `up`."
      : "";
  throw new Error(
    `${command} failed; what went wrong stands above. Mend it and run the same command again: what is done stays done.${protectedData}`,
  );
}

/** Prints the outputs as YAML-like lines, the storefront's address first, secrets hidden. */
function printOutputs(outputs: OutputMap): void {
  const { storefrontUrl, ...others } = outputs;
  const lines = Object.entries({ storefrontUrl, ...others }).map(([name, output]) => {
    const value = output?.secret ? SECRET : output?.value;
    return `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
  process.stdout.write(`${lines.join("\n")}\n`);
}

main(process.argv.slice(2)).catch(fail);
