/**
 * Servers that take others' places: Pulumi deletes those only when the program has ended, so it must not end before
 * the new ones serve. If they never do, the old ones stay.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { CloudApi } from "../cloud/api";
import { reportsOf } from "./servers";

export interface HandoverArgs {
  readonly api: Pick<CloudApi, "call" | "post">;
  /** What the names of the store's servers begin with. */
  readonly prefix: string;
  /** Nova's ids of the servers that are to stay. */
  readonly servers: readonly string[];
  /** Octavia's pools that they are members of; none where the balancer finds its servers by itself. */
  readonly pools: readonly string[];
  /** Seconds, after which it is an error. */
  readonly seconds: number;
  /** Seconds after which a balancer that finds its servers by itself has found them. */
  readonly discovery: number;
  /** Called when what the new servers say has changed. */
  readonly progress?: (line: string) => void;
  /** Seconds between two looks; default 5. */
  readonly pause?: number;
}

const serversSchema = z.object({
  servers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      addresses: z.record(z.string(), z.array(z.object({ addr: z.string() }))),
    }),
  ),
});
const membersSchema = z.object({
  members: z.array(z.object({ address: z.string(), operating_status: z.string() })),
});

type NovaServer = z.infer<typeof serversSchema>["servers"][number];

/** What Octavia says of members that it sends nobody to. */
const OUT = ["ERROR", "OFFLINE"];

/**
 * Returns when every server that has a predecessor of the same name says that it is ready, and its balancer knows it;
 * at once where there is none.
 * @throws Error with each new server's own report: at once when one says that it failed, or when the seconds are over
 */
export async function waitForHandover(args: HandoverArgs): Promise<void> {
  const { api, seconds, pause = 5 } = args;
  const successors = await withPredecessors(args);
  if (successors.length === 0) return;
  const begun = Date.now();
  let before = "";
  for (;;) {
    const reports = await reportsOf(
      api,
      successors.map(({ id }) => id),
    );
    const said = reports.map(({ name, says }) => `${name}: ${says}`);
    const failed = reports.filter((report) => report.failed);
    if (failed.length > 0)
      throw new Error(inWords(`${failed.map(({ name }) => name).join(", ")} failed to boot`, said));
    const out = reports.every(({ ready }) => ready) ? await outOfPools(args, successors) : undefined;
    if (out?.length === 0) break;
    if (out) said.push(`the balancer sends nobody to ${out.join(", ")} yet`);
    if (Date.now() - begun >= seconds * 1000) throw new Error(inWords(`they do not serve after ${seconds} s`, said));
    const now = said.join("; ");
    if (now !== before) args.progress?.(`new servers take over, the old ones stay until they do: ${now}`);
    before = now;
    await sleep(pause * 1000);
  }
  if (args.pools.length === 0) await sleep(args.discovery * 1000);
}

async function withPredecessors({ api, prefix, servers: ids }: HandoverArgs): Promise<NovaServer[]> {
  const query = encodeURIComponent(`^${prefix}-`);
  const { servers } = serversSchema.parse(await api.call("compute", `/servers/detail?name=${query}`));
  const current = servers.filter(({ id }) => ids.includes(id));
  const others = new Set(servers.filter(({ id }) => !ids.includes(id)).map(({ name }) => name));
  return current.filter(({ name }) => others.has(name));
}

/** Addresses of those to which the balancer sends nobody. */
async function outOfPools({ api, pools }: HandoverArgs, servers: readonly NovaServer[]): Promise<string[]> {
  const own = new Set(
    servers.flatMap(({ addresses }) => Object.values(addresses).flatMap((all) => all.map(({ addr }) => addr))),
  );
  const answers = await Promise.all(pools.map((pool) => api.call("load-balancer", `/v2/lbaas/pools/${pool}/members`)));
  return answers
    .flatMap((answer) => membersSchema.parse(answer).members)
    .filter(({ address, operating_status: status }) => own.has(address) && OUT.includes(status))
    .map(({ address }) => address);
}

function inWords(what: string, said: readonly string[]): string {
  const lines = said.map((line) => `  ${line}`).join("\n");
  return `the servers that stand were not replaced, and go on serving: ${what}\n${lines}\nRemove the cause, then up again.`;
}
