/** Whether the running database server has applied who may use it: it says so on its console, by a mark of what it applied. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CloudApi } from "../cloud/api";
import { consoleOf } from "./servers";

export interface AccountsWait {
  readonly api: () => Promise<Pick<CloudApi, "post">>;
  /** Nova's; of a pair, the one that is written to says it. */
  readonly ids: readonly string[];
  /** As `core/wanted-accounts.ts` gives it. */
  readonly mark: string;
  readonly seconds: number;
  /** Seconds between two looks; default 5. */
  readonly pause?: number;
}

const SAID = /ecommerce: (accounts [^\r\n]*)/g;

/** @returns nothing once it has applied them, or when the seconds are over what it said of accounts last */
export async function accountsLeft({ api, ids, mark, seconds, pause = 5 }: AccountsWait): Promise<string | undefined> {
  const until = Date.now() + seconds * 1000;
  const cloud = await api();
  for (;;) {
    const consoles = await Promise.all(ids.map((id) => consoleOf(cloud, id)));
    const last = consoles.flatMap((text) => [...text.matchAll(SAID)].at(-1)?.[1] ?? []);
    if (last.some((said) => said.startsWith(`accounts applied (${mark})`))) return undefined;
    if (Date.now() >= until) return last.join("; ") || "nothing on its console of accounts";
    await sleep(pause * 1000);
  }
}
