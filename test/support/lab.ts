/** The lab that the engine tests run on: a project of its own, so that a store somebody has there is left alone. */
import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { openStack } from "../../commands/stack/workspace";
import { labEnvironment } from "../../lab/environment";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { CloudApi } from "./cloud-api";

/** The project that the tests have for themselves: each of Mocha's processes has another one. */
export const TEST_CLOUD =
  ["lab-other", "lab-third", "lab-fourth", "lab-fifth"][Number(process.env.MOCHA_WORKER_ID ?? 0)] ?? "lab-other";

export interface TestLab {
  readonly env: Readonly<Record<string, string>>;
  /** Folder of the tests' own Pulumi backend. */
  readonly backend: string;
  /** As an ordinary member of the tests' project. */
  readonly member: CloudApi;
  readonly admin: CloudApi;
  /** A stack of the development store, with changes, in a workspace and perhaps an environment of its own. */
  readonly open: (
    stack: string,
    config?: Readonly<Record<string, unknown>>,
    env?: Readonly<Record<string, string>>,
    stackFile?: string,
  ) => Promise<Stack>;
  /** A stack of an example, from its `Pulumi.dev.yaml`, with changes. */
  readonly openExample: (name: string, stack: string, config?: Readonly<Record<string, unknown>>) => Promise<Stack>;
  /** Calls `lab.sh`. */
  readonly command: (...args: string[]) => Promise<void>;
}

/**
 * Starts the lab when it does not run, empties a project, and makes a fresh backend.
 * @param cloud of the tests' own project
 */
export async function openLab(cloud = TEST_CLOUD): Promise<TestLab> {
  process.env.LAB_PROFILE ??= "api";
  const command = async (...args: string[]) => {
    await run(path.join(ROOT, "lab/lab.sh"), args, { stdio: ["ignore", "ignore", "inherit"] });
  };
  await command("up");
  await command("reset", cloud);
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-test-"));
  const env: Record<string, string> = {
    ...(await labEnvironment()),
    OS_CLOUD: cloud,
    PULUMI_BACKEND_URL: `file://${folder}`,
  };
  const clouds = env.OS_CLIENT_CONFIG_FILE ?? "";
  return {
    env,
    backend: folder,
    member: await CloudApi.signIn(clouds, cloud),
    admin: await CloudApi.signIn(clouds, "lab-admin"),
    open: (stack, config = {}, others = {}, stackFile = "Pulumi.dev.yaml") =>
      openStack({
        stack,
        folder: path.join(folder, stack),
        env: { ...env, ...others },
        stackFile,
        config: env.LAB_PROFILE === "full" ? config : neverWaiting(config),
      }),
    openExample: (name, stack, config = {}) =>
      openStack({
        stack,
        project: `examples/${name}`,
        folder: path.join(folder, `${name}-${stack}`),
        env,
        stackFile: "Pulumi.dev.yaml",
        config,
      }),
    command,
  };
}

/** Before the tests of a suite the lab; after each of them the project is emptied, and is to be empty then. */
export function withLabEmptiedAfterEach(use: (lab: TestLab) => void): void {
  let lab: TestLab;
  before(async () => {
    lab = await openLab();
    use(lab);
  });
  afterEach(async () => {
    await lab.command("reset", TEST_CLOUD);
    assert.deepEqual(await lab.member.everything(), {});
  });
}

/** Servers of profile api never boot: those that are replaced are not waited for, whatever else a test says of booting. */
function neverWaiting(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...config, "ecommerce:boot": { handover: 0, ...Object(config["ecommerce:boot"]) } };
}

/** Runs something that must fail, and gives what it printed with its error. */
export async function failure(work: (onOutput: (text: string) => void) => Promise<unknown>): Promise<string> {
  let printed = "";
  try {
    await work((text) => {
      printed += text;
    });
  } catch (error) {
    return `${printed}\n${String(error)}`;
  }
  throw new Error(`it succeeded, but should have failed:\n${printed}`);
}
