/** Long work tells which step it is at, and how long it has taken. */

const start = Date.now();

/** Prints a line to the error stream, so that output which other programs read stays clean. */
export function say(what: string): void {
  process.stderr.write(`[${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s] ${what}\n`);
}

/** Runs a step, telling when it begins and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now();
  say(`${what} ...`);
  const result = await work();
  say(`${what}: done in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  return result;
}

/** Ends the program with one message on the error stream. */
export function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
