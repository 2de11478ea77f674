/** A store that really runs: one for all tests of `test/full/`, on a lab of profile full, in the tests' own project. */
import path from "node:path";
import type { OutputMap, Stack } from "@pulumi/pulumi/automation";
import { labStore } from "../../toolchain/lab-store";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { timed } from "./figures";
import { openLab, type TestLab } from "./lab";

export const STACK = "full";
const LAB = path.join(ROOT, "lab/lab.sh");

export interface FullStore {
  readonly lab: TestLab;
  readonly stack: Stack;
  readonly outputs: OutputMap;
  /** Where shoppers go, with the slash. */
  readonly url: string;
  /**
   * The same stack with another configuration, for the next `up`.
   * @param sections changes of the stack file's sections, by their names
   * @param keys config keys, over all of it and unknown to the images, e.g. `ecommerce:shop`
   */
  readonly changed: (
    sections: Readonly<Record<string, unknown>>,
    keys?: Readonly<Record<string, unknown>>,
  ) => Promise<Stack>;
}

let store: Promise<FullStore> | undefined;

/** What keeps servers from booting on this machine; nothing: nothing. */
export async function obstacle(): Promise<string> {
  return (await run(LAB, ["obstacle"])).stdout;
}

/** Brings the store up the first time it is asked for; the last test of all takes it away. */
export function fullStore(): Promise<FullStore> {
  store ??= bringUp();
  return store;
}

async function bringUp(): Promise<FullStore> {
  process.env.LAB_PROFILE = "full";
  const lab = await openLab();
  const changed: FullStore["changed"] = async (sections, keys) =>
    lab.open(STACK, { ...(await labStore(lab.env, "dev", sections)), ...keys });
  const stack = await changed({});
  const { outputs } = await stack.up();
  return { lab, stack, outputs, url: String(outputs.storefrontUrl?.value), changed };
}

/** Before the tests of a suite, the store that all share; where servers cannot boot, the suite is skipped and says why. */
export function withFullStore(use: (store: FullStore) => void): void {
  before(async function () {
    const reason = await obstacle();
    if (reason) {
      console.log(`      skipped: ${reason}`);
      this.skip();
    }
    use(await timed("the store that runs is up", fullStore));
  });
}

/** Runs a shell command as root of a server. @param server what follows the stack in its name, e.g. `web-1` */
export async function inside(server: string, command: string): Promise<string> {
  const name = `ecommerce-${STACK}-${server}`;
  const { stdout } = await run(LAB, ["guest", name, "bash", "-c", command], { timeout: 60_000 });
  return stdout;
}

after(async function () {
  if (!store) return;
  this.timeout("5m");
  const { stack } = await store;
  await stack.destroy({ remove: true });
});
