/** What a store's servers take of the processors: other programs on the machine change it less than they change seconds. */
import { readFile } from "node:fs/promises";
import { run } from "../../toolchain/run";

/** Of Linux's clock in /proc, on every architecture that Debian has. */
const MILLISECONDS_A_TICK = 10;

/** @returns milliseconds that whatever runs in a network namespace has taken so far, with what it started and has ended */
export async function processorTime(space: string): Promise<number> {
  const { stdout } = await run("ip", ["netns", "pids", space]);
  const times = stdout.split(/\s+/).filter(Boolean).map(timeOf);
  return (await Promise.all(times)).reduce((sum, time) => sum + time, 0);
}

async function timeOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // After the name, which may hold anything: user, system, and the same of children that have ended.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * MILLISECONDS_A_TICK, 0);
}
