import { setTimeout as sleep } from "node:timers/promises";

/** Polls until a look gives what is wanted. @throws Error with the last look when it never does within the seconds */
export async function eventually<T>(look: () => Promise<T>, wanted: (value: T) => boolean, seconds = 60): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (wanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`after ${seconds} s still ${JSON.stringify(value)}`);
    await sleep(500);
  }
}
