/** Somebody who shops, and somebody who only looks, again and again, and notes when the shop fails. */
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "./eventually";
import { figure } from "./figures";
import type { Ask } from "./trusting";

const PATIENCE_MS = 5_000;

/** A request with a cookie gets a page made by an app server, never a shared one. */
export const NOT_ANONYMOUS = { Cookie: "somebody=looks" };

/** By a connection of its own: the balancer chooses a server for each. */
export const anew: Ask = (url, init) => fetch(url, { ...init, headers: { ...init?.headers, Connection: "close" } });

/** @returns the page, or nothing when it is not answered with 200. @param onFailure is told why not */
export async function look(
  url: string,
  onFailure?: (reason: string) => void,
  ask: Ask = fetch,
): Promise<string | undefined> {
  try {
    const answer = await ask(url, { headers: NOT_ANONYMOUS, signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await answer.text();
    if (answer.status === 200) return text;
    onFailure?.(`HTTP ${answer.status}`);
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    onFailure?.(cause instanceof Error ? `${message}: ${cause.message}` : message);
  }
  return undefined;
}

/** Until the shop answers. */
export async function sells(url: string): Promise<void> {
  await eventually(
    () => look(url),
    (page) => page !== undefined,
    300,
  );
}

/** A session of the stand-in shop's. */
export class Shopper {
  /** By their names. */
  readonly cookies = new Map<string, string>();

  /** @param ask by which HTTPS comes with a certificate that is believed; default: whatever Node.js believes */
  constructor(
    private readonly url: string,
    private readonly ask: Ask = fetch,
  ) {}

  /** @returns the page. @throws Error when the shop does not answer with 200 */
  async visit(route: string, form?: Readonly<Record<string, string>>): Promise<string> {
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await this.ask(`${this.url}index.php?route=${route}`, {
      headers: cookies ? { Cookie: cookies } : {},
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(form ? { method: "POST", body: new URLSearchParams(form) } : {}),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (name && value) this.cookies.set(name, value);
    }
    if (!answer.ok) throw new Error(`${route}: ${answer.status}`);
    return answer.text();
  }

  /** Buys one lamp. @returns the order's number, once the shop has said it */
  async buy(email = "shopper@example.com"): Promise<number> {
    await this.visit("checkout/cart.add", { product_id: "2" });
    const said = await this.visit("checkout/confirm", { email });
    const [, order] = /order (\d+), total/.exec(said) ?? [];
    if (!order) throw new Error(`no order: ${said}`);
    return Number(order);
  }
}

export interface Watch {
  readonly requests: number;
  readonly failures: number;
  /** Seconds from the first failure to the last one; 0: there was none. */
  readonly seconds: number;
  /** Longest time between two answers, in seconds. */
  readonly silence: number;
  /** Why they failed, each reason once. */
  readonly reasons: readonly string[];
  /** When, in milliseconds since 1970. */
  readonly failedAt: readonly number[];
  /** Of the requests that began with those that failed, a second around them: how many were answered, and the slowest one's seconds. */
  readonly meanwhile: { readonly answered: number; readonly slowest: number };
}

/** Keeps how many requests failed, why, when, and for how long. */
export function tell(what: string, { requests, failures, failedAt, seconds, reasons, meanwhile }: Watch): void {
  const when = failedAt.slice(0, 5).map((moment) => new Date(moment).toISOString().slice(11, 19));
  // A shop that is slow for everybody looks otherwise than a server that is gone.
  const others = `then ${meanwhile.answered} others answered in up to ${meanwhile.slowest.toFixed(1)} s`;
  const why = failures > 0 ? [...reasons, ...when, others].join("; ") : "";
  figure(`${what}: ${failures} of ${requests} requests failed (${why}), for`, seconds);
}

/**
 * Looks at a page again and again while something happens, and for some quiet seconds after it, at most ten minutes.
 * @param pause milliseconds between two looks; default: a tenth of a second
 */
export async function watching(
  url: string,
  quietSeconds: number,
  work: () => Promise<unknown>,
  ask?: Ask,
  pause = 100,
): Promise<Watch> {
  const failures: number[] = [];
  const answers: number[] = [];
  const reasons = new Set<string>();
  const looks: Promise<Look>[] = [];
  let ended = 0;
  const begun = Date.now();
  const happening = work().finally(() => {
    ended = Date.now();
  });
  // It is awaited below, when the looking has ended.
  happening.catch(() => undefined);
  const isQuiet = () => ended > 0 && Date.now() > Math.max(ended, failures.at(-1) ?? 0) + quietSeconds * 1000;
  while (!isQuiet() && Date.now() < begun + 600_000) {
    const failed = (reason: string) => {
      failures.push(Date.now());
      reasons.add(reason);
    };
    const from = Date.now();
    const answered = (page: string | undefined): Look => {
      if (page !== undefined) answers.push(Date.now());
      return { from, until: Date.now(), isAnswered: page !== undefined };
    };
    looks.push(look(url, failed, ask).then(answered));
    await sleep(pause);
  }
  const stopped = Date.now();
  const [all] = await Promise.all([Promise.all(looks), happening]);
  const seconds = failures.length > 0 ? (Math.max(...failures) - Math.min(...failures)) / 1000 : 0;
  const moments = [begun, ...answers.filter((moment) => moment < stopped), stopped];
  const silence = Math.max(...moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment))) / 1000;
  return {
    requests: looks.length,
    failures: failures.length,
    seconds,
    silence,
    reasons: [...reasons],
    failedAt: failures,
    meanwhile: besideFailures(all),
  };
}

interface Look {
  readonly from: number;
  readonly until: number;
  readonly isAnswered: boolean;
}

function besideFailures(looks: readonly Look[]): Watch["meanwhile"] {
  const failed = looks.filter(({ isAnswered }) => !isAnswered);
  const beside = looks.filter(
    ({ isAnswered, from }) => isAnswered && failed.some((one) => Math.abs(one.from - from) <= 1_000),
  );
  const slowest = Math.max(0, ...beside.map(({ from, until }) => until - from)) / 1000;
  return { answered: beside.length, slowest };
}
