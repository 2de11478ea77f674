/**
 * New servers in a group that serves already: they come into the pool when they say that they are ready, and up does not
 * end before the balancer knows them. Only then does Pulumi delete those whose places they take; if they fail, those stay.
 * Where consoles are mute, Octavia is asked instead: such servers come into the pool at once, and are ready when it has
 * found them so.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { CloudApi } from "../cloud/api";
import type { PoolConfig } from "../config/balancing-schema";
import { MuteConsoles } from "./mute-consoles";
import { reportsOf } from "./servers";

export interface HandoverArgs {
  readonly api: () => Promise<Pick<CloudApi, "call" | "post">>;
  /** Nova's ids of the group's servers that stood before. */
  readonly existing: ReadonlySet<string>;
  /** Seconds, after which it is an error. */
  readonly seconds: number;
  /** Seconds after which a balancer has looked at a new server often enough to find it ready. */
  readonly discovery: number;
  /** Whether the servers are members of Octavia's pools, which then says whether they serve. */
  readonly pooled: boolean;
  /** Seconds after which a console that stays empty is none; default 180. */
  readonly consoles?: number;
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
  private readonly consoles: MuteConsoles;
  /** Nova's ids of the servers that only the balancer can speak for. */
  private readonly mute = new Set<string>();

  constructor(readonly args: HandoverArgs) {
    this.consoles = new MuteConsoles(args.consoles);
  }

  /**
   * Resolves when a server says that it is ready, or cannot say it but to a balancer; at once when it stood before.
   * @param id Nova's
   * @throws Error with what it says of itself: at once when it failed, or when the seconds are over; or that nothing
   * will tell whether it is ready
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
    const unheard = await this.addressesOf(fresh.filter((id) => this.mute.has(id)));
    const begun = Date.now();
    await this.until(async () => {
      const out = await this.outOf(pools, addresses, unheard);
      if (out.length > 0) return `the balancer sends nobody to ${out.join(", ")} yet`;
      // Before its first look Octavia may say ONLINE of a member.
      const isEarly = unheard.size > 0 && Date.now() - begun < this.args.discovery * 1000;
      return isEarly ? `the balancer looks at ${[...unheard].join(", ")}` : undefined;
    });
  }

  private async waitFor(id: string): Promise<void> {
    const api = await this.args.api();
    await this.until(async () => {
      const [report] = await reportsOf(api, [id]);
      const said = `${report?.name}: ${report?.says}`;
      if (report?.failed) throw new Error(inWords("a new one failed to boot", said));
      if (!report || report.ready) return undefined;
      const mute = this.consoles.why(id, report);
      if (mute === undefined) return said;
      if (!this.args.pooled) throw new Error(noSign(report.name, mute));
      this.args.progress?.(`${report.name}: ${mute}, so the balancer has to find it ready`);
      this.mute.add(id);
      return undefined;
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

  /** @param unheard addresses of servers that only the balancer can speak for */
  private async outOf(
    pools: readonly string[],
    addresses: ReadonlySet<string>,
    unheard: ReadonlySet<string>,
  ): Promise<string[]> {
    const api = await this.args.api();
    const answers = await Promise.all(
      pools.map((pool) => api.call("load-balancer", `/v2/lbaas/pools/${pool}/members`)),
    );
    const members = answers.flatMap((answer) => membersSchema.parse(answer).members);
    const unwatched = members.find((one) => unheard.has(one.address) && one.operating_status === "NO_MONITOR");
    if (unwatched) throw new Error(noSign(unwatched.address, "its console says nothing, and its pool has no monitor"));
    const out = members
      .filter(({ address, operating_status: status }) =>
        unheard.has(address) ? status !== "ONLINE" : addresses.has(address) && OUT.includes(status),
      )
      .map(({ address }) => address);
    const missing = [...unheard].filter((address) => !members.some((one) => one.address === address));
    return [...new Set([...out, ...missing])];
  }
}

function inWords(what: string, said: string): string {
  return `the old servers go on serving, since ${what}\n  ${said}\nRemove the cause, then up again.`;
}

/** @param server its name or address */
function noSign(server: string, mute: string): string {
  return inWords(
    "nothing tells whether a new one is ready",
    `${server}: ${mute}; Octavia cannot tell instead\n  Use an image with a serial console (console=ttyS0) on a cloud that shows it, or set boot.handover: 0, with which up does not wait`,
  );
}
