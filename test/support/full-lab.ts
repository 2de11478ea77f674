/**
 * Stores that really run, on a lab of profile full: one for all tests of `test/full/` in the tests' own project, and others
 * that a suite has for itself.
 */
import path from "node:path";
import type { OutputMap, Stack } from "@pulumi/pulumi/automation";
import { labStore } from "../../commands/store/lab-store";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { eventually } from "./eventually";
import { timed } from "./figures";
import { openLab, type TestLab } from "./lab";

export const STACK = "full";
const LAB = path.join(ROOT, "lab/lab.sh");

type Sections = Readonly<Record<string, unknown>>;

export interface StorePlan {
  /** Name of its stack. */
  readonly name: string;
  /** Of whose project it is; default: the tests' own. */
  readonly cloud?: string;
  /** Changes of the stack file's sections, by their names. */
  readonly sections?: Sections;
  /** What the cloud must have before it. */
  readonly prepare?: (lab: TestLab) => Promise<unknown>;
}

export interface FullStore {
  /** Of its stack. */
  readonly name: string;
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
  readonly changed: (sections: Sections, keys?: Sections) => Promise<Stack>;
}

let store: Promise<FullStore> | undefined;

/** What keeps servers from booting on this machine; nothing: nothing. */
export async function obstacle(): Promise<string> {
  return (await run(LAB, ["obstacle"])).stdout;
}

/**
 * Brings the store up the first time it is asked for; the last test of all takes it away.
 * @param sections changes of the stack file's sections, by their names, which whoever asks first decides
 */
export function fullStore(sections: Sections = {}): Promise<FullStore> {
  store ??= bringUp({ name: STACK, sections });
  return store;
}

async function bringUp({ name, cloud, sections: own = {}, prepare }: StorePlan): Promise<FullStore> {
  process.env.LAB_PROFILE = "full";
  const lab = await openLab(cloud);
  await prepare?.(lab);
  const changed: FullStore["changed"] = async (sections, keys) =>
    lab.open(name, { ...(await labStore(lab.env, "dev", { ...own, ...sections })), ...keys });
  const stack = await changed({});
  const { outputs } = await stack.up();
  return { name, lab, stack, outputs, url: String(outputs.storefrontUrl?.value), changed };
}

/** Before the tests of a suite, the store that all share; where servers cannot boot, the suite is skipped and says why. */
export function withFullStore(use: (store: FullStore) => void): void {
  before(async function () {
    await skipUnlessServersBoot(this);
    use(await timed("the store that runs is up", () => fullStore()));
  });
}

/** Before the tests of a suite, a store of its own, which goes with it. */
export function withOwnStore(plan: StorePlan, use: (store: FullStore) => Promise<void>): void {
  let own: FullStore | undefined;
  before(async function () {
    await skipUnlessServersBoot(this);
    own = await timed(`the store ${plan.name} is up`, () => bringUp(plan));
    await use(own);
  });
  after(async function () {
    this.timeout("5m");
    await own?.stack.destroy({ remove: true });
  });
}

async function skipUnlessServersBoot(suite: Mocha.Context): Promise<void> {
  const reason = await obstacle();
  if (!reason) return;
  console.log(`      skipped: ${reason}`);
  suite.skip();
}

/**
 * Runs a shell command as root of a server.
 * @param server what follows the stack in its name, e.g. `web-1`
 * @param stack default: the one that all tests share
 */
export async function inside(server: string, command: string, stack = STACK): Promise<string> {
  const name = `ecommerce-${stack}-${server}`;
  const { stdout } = await run(LAB, ["guest", name, "bash", "-c", command], { timeout: 60_000 });
  return stdout;
}

/** As root of a server: how its own service is. */
const IS_WELL: Readonly<Record<string, string>> = {
  web: "curl -sf -o /dev/null http://127.0.0.1/healthz",
  app: "curl -sf -o /dev/null http://127.0.0.1/healthz",
  db: "mysqladmin --silent ping",
  keeper: "systemctl is-active --quiet ecommerce-keeper",
};

/** Waits until a server's own service is well. @param server as for `inside` */
export async function serves(server: string): Promise<void> {
  const check = IS_WELL[server.split("-")[0] ?? ""] ?? "false";
  const isWell = () =>
    inside(server, check).then(
      () => true,
      () => false,
    );
  await eventually(isWell, (well) => well, 180);
}

/** Nova's id of a server. @param server as for `inside` */
export async function serverId({ lab, name }: FullStore, server: string): Promise<string | undefined> {
  const found = (await lab.member.list("servers")).find((one) => one.name === `ecommerce-${name}-${server}`);
  return found && String(found.id);
}

/** Deletes a server behind the stack's back, as a lost machine would be. @param server as for `inside` */
export async function remove(store: FullStore, server: string): Promise<void> {
  const id = await serverId(store, server);
  if (!id) throw new Error(`there is no ${server}`);
  await store.lab.member.call("compute", `/servers/${id}`, "DELETE");
  // Until then a refresh would still see it.
  await eventually(
    () => serverId(store, server),
    (found) => found === undefined,
  );
}

/** Takes the store away that tests share, if there is one. */
export async function endFullStore(): Promise<void> {
  const shared = store;
  store = undefined;
  await (await shared)?.stack.destroy({ remove: true });
}

after(async function () {
  this.timeout("5m");
  await endFullStore();
});
