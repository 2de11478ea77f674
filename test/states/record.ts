/**
 * `toolchain/enter.sh tsx test/states/record.ts VERSION [KIND ...]`, with the lab of profile api: makes a store of each kind by the program as
 * it stands and keeps its state, for tests of all later versions.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../toolchain/paths";
import { openLab } from "../support/lab";
import { keepState } from "./kept-state";
import { STORES } from "./stores";

/** Of the lab: engine tests have other projects. */
const CLOUD = "lab";

async function main(version: string | undefined, ...kinds: string[]): Promise<void> {
  if (!version) throw new Error("say which version this is: tsx test/states/record.ts VERSION [KIND ...]");
  const lab = await openLab(CLOUD);
  for (const kind of kinds.length > 0 ? kinds : Object.keys(STORES)) {
    const store = STORES[kind];
    if (!store) throw new Error(`there is no kind ${kind}; there are ${Object.keys(STORES).join(", ")}`);
    const { stackFile, config } = store;
    const stack = await lab.open(kind, config, {}, stackFile);
    await stack.up();
    const own = parse(await readFile(path.join(ROOT, stackFile), "utf8"));
    await keepState({ version, kind }, stack, { ...own.config, ...config }, lab.member);
    console.log(`kept the state of a ${kind} store, made by ${version}`);
    await lab.command("reset", CLOUD);
  }
}

main(...(process.argv.slice(2) as [string?, ...string[]])).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
