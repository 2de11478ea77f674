/** Whether Pulumi's own downloads do the same as what is built from source, as steps of which each says how it ended. */
import path from "node:path";
import { ROOT } from "../paths";
import { run } from "../run";
import { install, requireReachable } from "./downloads";
import { programHandedOver } from "./program";
import type { Way } from "./ways";

export interface CheckOptions {
  /** Page that must answer before anything is begun. */
  readonly downloads: string;
  readonly built: () => Promise<Way>;
  readonly official: Way;
  /** Whether a store is made on the lab too. */
  readonly lab: boolean;
  /** To work in; emptied. */
  readonly folder: string;
  readonly print: (line: string) => void;
}

interface Step {
  readonly what: string;
  /** @returns what is wrong, a line each @throws Error that ends the check */
  readonly work: () => Promise<readonly string[]>;
}

/** @returns whether all is well; the last line that it prints begins with PASS or FAIL */
export async function officialCheck(options: CheckOptions): Promise<boolean> {
  const { print } = options;
  let done = 0;
  for (const { what, work } of stepsOf(options)) {
    const wrong = await work().catch((error: unknown) => [String(error instanceof Error ? error.message : error)]);
    if (wrong.length > 0) {
      for (const line of wrong.slice(0, -1)) print(`     ${line}`);
      print(`FAIL ${what}: ${wrong.at(-1)}`);
      return false;
    }
    print(`ok   ${what}`);
    done += 1;
  }
  print(`PASS ${done} of ${done}${options.lab ? "" : ", without a store on the lab"}`);
  return true;
}

function stepsOf({ downloads, built, official, lab, folder }: CheckOptions): Step[] {
  const exchange = (name: string, work: (other: Way, place: string) => Promise<string[]>): Step => ({
    what: name,
    work: async () => work(await built(), path.join(folder, "program")),
  });
  return [
    {
      what: "the downloads answer",
      work: async () => {
        await requireReachable(downloads);
        return [];
      },
    },
    {
      what: "engine and plugins are installed",
      work: async () => {
        await install(official);
        return [];
      },
    },
    exchange("what was built reads what was downloaded", (other, place) => programHandedOver(official, other, place)),
    exchange("what was downloaded reads what was built", (other, place) => programHandedOver(other, official, place)),
    ...(lab ? [{ what: "a store on the lab", work: storeOnLab }] : []),
  ];
}

/** The suites of a store, whose output is for people; what counts is how it ends. */
async function storeOnLab(): Promise<readonly string[]> {
  const suites = ["test/official/store.test.ts"];
  const { exitCode } = await run("mocha", suites, { cwd: ROOT, stdio: ["ignore", 2, 2], reject: false });
  return exitCode === 0 ? [] : [`mocha ended with ${exitCode}; its output says which case failed`];
}
