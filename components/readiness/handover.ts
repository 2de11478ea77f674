/**
 * New servers in a group that serves already: they come into the pool when they say that they are ready, and up does not
 * end before the balancer knows them. Only then does Pulumi delete those whose places they take; if they fail, those stay.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { CloudApi } from "../cloud/api";
import type { PoolConfig } from "../config/balancing-schema";
import { reportsOf } from "./servers";

export interface HandoverArgs {
  readonly api: () => Promise<Pick<CloudApi, "call" | "post">>;
  /** Nova's ids of the group's servers that stood before. */
  readonly existing: ReadonlySet<string>;
  /** Seconds, after which it is an error. */
  readonly seconds: number;
  /** Seconds after which a balancer without pools has found a new server by itself. */
  readonly discovery: number;
  /** Called when what a new server says has changed. */
  readonly progress?: (line: string) => void;
  /** Seconds between two looks; default 5. */
  readonly pause?: number;
}

const serverSchema = z.object({
  server: z.object({ addresses: z.record(z.string(), z.array(z.object({ addr: z.string() }))) }),
});
const membersSchema = z.object({
  members: z.array(z.object({ address: z.string(), operating_status: z.string() })),
});

/** What Octavia says of members that it sends nobody to. */
const OUT = ["ERROR", "OFFLINE"];

/** A balancer without pools takes a server in after as many good checks as there are bad ones until it is out. */
export function secondsToBeFound({ monitor: { delay, retries, timeout } }: Pick<PoolConfig, "monitor">): number {
  return delay * retries + timeout;
}

/** Waits for the new servers of one group. */
export class Handover {
  private readonly begun = Date.now();
  private readonly waits = new Map<string, Promise<void>>();

  constructor(private readonly args: HandoverArgs) {}

  /**
   * Resolves when a server says that it is ready; at once when it stood before.
   * @param id Nova's
   * @throws Error with what it says of itself: at once when it failed, or when the seconds are over
   */
  ready(id: string): Promise<void> {
    if (this.args.existing.has(id)) return Promise.resolve();
    const wait = this.waits.get(id) ?? this.waitFor(id);
    this.waits.set(id, wait);
    return wait;
  }

  /**
   * Resolves when all are ready and the balancer sends shoppers to the new ones.
   * @param pools Octavia's that they are members of; none: the balancer finds them by itself
   * @throws Error as `ready`, or naming the servers that the balancer has not taken in when the seconds are over
   */
  async complete(ids: readonly string[], pools: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.ready(id)));
    const fresh = ids.filter((id) => !this.args.existing.has(id));
    if (fresh.length === 0) return;
    if (pools.length === 0) {
      await sleep(this.args.discovery * 1000);
      return;
    }
    const addresses = await this.addressesOf(fresh);
    await this.until(async () => {
      const out = await this.outOf(pools, addresses);
      return out.length > 0 ? `the balancer sends nobody to ${out.join(", ")} yet` : undefined;
    });
  }

  private async waitFor(id: string): Promise<void> {
    const api = await this.args.api();
    await this.until(async () => {
      const [report] = await reportsOf(api, [id]);
      const said = `${report?.name}: ${report?.says}`;
      if (report?.failed) throw new Error(inWords("a new one failed to boot", said));
      return report?.ready ? undefined : said;
    });
  }

  /** @param look gives what hinders, or nothing */
  private async until(look: () => Promise<string | undefined>): Promise<void> {
    const { seconds, progress, pause = 5 } = this.args;
    let before = "";
    for (;;) {
      const hindered = await look();
      if (hindered === undefined) return;
      if (Date.now() - this.begun >= seconds * 1000)
        throw new Error(inWords(`a new one does not serve after ${seconds} s`, hindered));
      if (hindered !== before) progress?.(`the old servers serve until the new ones do: ${hindered}`);
      before = hindered;
      await sleep(pause * 1000);
    }
  }

  private async addressesOf(ids: readonly string[]): Promise<Set<string>> {
    const api = await this.args.api();
    const answers = await Promise.all(ids.map((id) => api.call("compute", `/servers/${id}`)));
    const networks = answers.flatMap((answer) => Object.values(serverSchema.parse(answer).server.addresses));
    return new Set(networks.flat().map(({ addr }) => addr));
  }

  private async outOf(pools: readonly string[], addresses: ReadonlySet<string>): Promise<string[]> {
    const api = await this.args.api();
    const answers = await Promise.all(
      pools.map((pool) => api.call("load-balancer", `/v2/lbaas/pools/${pool}/members`)),
    );
    return answers
      .flatMap((answer) => membersSchema.parse(answer).members)
      .filter(({ address, operating_status: status }) => addresses.has(address) && OUT.includes(status))
      .map(({ address }) => address);
  }
}

function inWords(what: string, said: string): string {
  return `the old servers go on serving, since ${what}\n  ${said}\nRemove the cause, then up again.`;
}
