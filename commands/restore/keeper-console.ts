/** What the keeper says on its console while it restores, as it says it. */
import { z } from "zod";
import type { CloudApi } from "../../components/cloud/api";
import { consoleOf } from "../../components/readiness/servers";
import { say } from "../../toolchain/progress";

const EVERY_MS = 5_000;
const LINE = /ecommerce: (?!\[)([^\r\n]*)/g;

const serversSchema = z.object({
  servers: z.array(z.object({ id: z.string(), name: z.string(), created: z.string() })),
});

/** Tells the lines of keepers that boot from now on. @param prefix of their names @returns what ends it */
export function tellKeeper(api: Pick<CloudApi, "call" | "post">, prefix: string): { readonly end: () => void } {
  const begun = Date.now();
  const told = new Set<string>();
  const look = async () => {
    const query = encodeURIComponent(`^${prefix}`);
    const { servers } = serversSchema.parse(await api.call("compute", `/servers/detail?name=${query}`));
    for (const { id } of servers.filter(({ created }) => Date.parse(created) >= begun - EVERY_MS)) {
      for (const [, line = ""] of (await consoleOf(api, id)).matchAll(LINE)) {
        if (!told.has(`${id} ${line}`)) say(`keeper: ${line}`);
        told.add(`${id} ${line}`);
      }
    }
  };
  // A console that cannot be read now can be read later; the restore goes on without it.
  const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS);
  return { end: () => clearInterval(timer) };
}
