/**
 * Open vSwitch 3.1 on its userspace datapath aborts now and then (`assertion conn->conn_type == CT_CONN_TYPE_DEFAULT`), and
 * forgets every connection. That is the lab's, not the store's: what fails then is counted by itself.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { FullStore } from "./full-lab";
import type { Watch } from "./shopper";

const ABORT = /^([-\d]+) ([:\d]+),(\d+) WARN exited: ovs-vswitchd/gm;
/** From the abort until it is back, what hung has been given up, and what was open has been opened anew. */
const WINDOW_MS = { before: 1_000, after: 20_000 };

/** How many of the failures no abort of the lab's switch explains. */
export async function unexplained(
  { failedAt }: Pick<Watch, "failedAt">,
  { lab }: Pick<FullStore, "lab">,
): Promise<number> {
  if (failedAt.length === 0) return 0;
  const log = await readFile(path.join(lab.env.LAB_HOME ?? "", "log/supervisord.log"), "utf8");
  const aborts = [...log.matchAll(ABORT)].map(([, day, time, ms]) => new Date(`${day}T${time}.${ms}`).getTime());
  const isExplained = (moment: number) =>
    aborts.some((abort) => moment > abort - WINDOW_MS.before && moment < abort + WINDOW_MS.after);
  const left = failedAt.filter((moment) => !isExplained(moment)).length;
  if (left < failedAt.length) console.log(`      ${failedAt.length - left} of them while the lab's switch aborted`);
  return left;
}
