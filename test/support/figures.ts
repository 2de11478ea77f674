/** Times that the engine tests see, kept for `docs/figures.md` and printed at the end of a run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";

interface Figure {
  readonly what: string;
  readonly seconds: number;
  /** One-minute load average when it ended. */
  readonly load: number;
}

const figures: Figure[] = [];

export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now();
  const result = await work();
  figure(what, (Date.now() - begun) / 1000);
  return result;
}

/** Keeps and prints a time that was measured elsewhere. */
export function figure(what: string, seconds: number): void {
  const one = { what, seconds, load: loadavg()[0] ?? 0 };
  figures.push(one);
  const folder = path.join(ROOT, ".test-artefacts");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "figures.json"), JSON.stringify(figures, null, 1));
  process.stdout.write(`      ${what}: ${seconds.toFixed(1)} s at load ${one.load.toFixed(1)}\n`);
}
