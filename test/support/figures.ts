/** Times that the tests see, kept for `docs/figures.md`: one line of JSON each, in `.test-artefacts/figures.jsonl`. */
import { appendFileSync, mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";

interface Figure {
  readonly what: string;
  readonly seconds: number;
  /** One-minute load average when it ended. */
  readonly load: number;
}

export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now();
  const result = await work();
  figure(what, (Date.now() - begun) / 1000);
  return result;
}

/** Keeps and prints a time that was measured elsewhere. */
export function figure(what: string, seconds: number): void {
  const one: Figure = { what, seconds, load: loadavg()[0] ?? 0 };
  const folder = path.join(ROOT, ".test-artefacts");
  mkdirSync(folder, { recursive: true });
  appendFileSync(path.join(folder, "figures.jsonl"), `${JSON.stringify(one)}\n`);
  process.stdout.write(`      ${what}: ${seconds.toFixed(1)} s at load ${one.load.toFixed(1)}\n`);
}
