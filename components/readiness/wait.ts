/** Waits until a store sells, and says what each server says of itself when it does not. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CloudApi } from "../cloud/api";
import { type ProbeArgs, probe } from "./probe";
import { reportsOf, type ServerReport } from "./servers";

export interface WaitArgs extends ProbeArgs {
  /** Seconds, after which it is an error. */
  readonly seconds: number;
  /** Nova's ids of all servers that the store is made of. */
  readonly servers: readonly string[];
  /** Asked for only when the store does not answer at once. */
  readonly api: () => Promise<CloudApi>;
  /** Called when what the servers say has changed. */
  readonly progress?: (line: string) => void;
  /** Seconds between two requests, and between two looks at the consoles; default 2 and 10. */
  readonly pauses?: { readonly request: number; readonly consoles: number };
}

/**
 * Returns as soon as the storefront answers 200.
 * @throws Error with every server's own report: when the seconds are over, or at once when a server says that it failed
 */
export async function waitForStore({ url, host, seconds, servers, pauses, ...args }: WaitArgs): Promise<void> {
  const { request, consoles } = pauses ?? { request: 2, consoles: 10 };
  const begun = Date.now();
  const passed = () => (Date.now() - begun) / 1000;
  let api: CloudApi | undefined;
  let nextLook = 0;
  let before = "";
  for (;;) {
    const { open, said } = await probe({ url, host });
    if (open) return;
    const over = passed() >= seconds;
    if (over || passed() >= nextLook) {
      api ??= await args.api();
      const reports = await reportsOf(api, servers);
      const failed = reports.filter((report) => report.failed);
      if (failed.length > 0) throw new Error(inWords(url, `${names(failed)} failed to boot`, said, reports));
      if (over) throw new Error(inWords(url, `it did not answer 200 within ${seconds} s`, said, reports));
      const now = reports.map(({ name, says }) => `${name} ${says}`).join("; ");
      if (now !== before) args.progress?.(`waiting for ${url} (${said}): ${now}`);
      before = now;
      nextLook = passed() + consoles;
    }
    await sleep(Math.max(0, Math.min(request, seconds - passed())) * 1000);
  }
}

const names = (reports: readonly ServerReport[]) => reports.map(({ name }) => name).join(", ");

function inWords(url: string, what: string, said: string, reports: readonly ServerReport[]): string {
  const lines = reports.flatMap(({ name, says, lookAt }) => [
    `  ${name}: ${says}`,
    ...(lookAt ? [`    look at: ${lookAt}`] : []),
  ]);
  const advice = reports.every(({ lookAt }) => lookAt === "")
    ? "All servers are ready, so look between them and here: access.shoppers must admit this machine, and the balancers' members must be ONLINE."
    : "Remove the cause, then pulumi up --replace the server, or up again where it only needs more time (boot.wait).";
  return [`the store is made, but ${url} does not sell: ${what}; its last answer: ${said}`, ...lines, advice].join(
    "\n",
  );
}
