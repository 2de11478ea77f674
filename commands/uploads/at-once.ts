/** Several pieces of work at once, of a list too long for memory. */

export interface Outcome {
  readonly done: number;
  readonly failed: number;
  /** The first one's reason. */
  readonly reason: string | undefined;
}

/**
 * One that fails keeps no other waiting.
 * @param most at the same time
 * @param tell called after each
 * @throws what the list throws, when all that was begun has ended
 */
export async function atOnce<T>(
  list: AsyncIterable<T>,
  most: number,
  work: (one: T) => Promise<void>,
  tell: (done: number) => void = () => undefined,
): Promise<Outcome> {
  let [done, failed] = [0, 0];
  let reason: string | undefined;
  const running = new Set<Promise<void>>();
  try {
    for await (const one of list) {
      const job: Promise<void> = work(one)
        .then(
          () => void done++,
          (cause: unknown) => {
            failed++;
            reason ??= cause instanceof Error ? cause.message : String(cause);
          },
        )
        .finally(() => {
          running.delete(job);
          tell(done);
        });
      running.add(job);
      if (running.size >= most) await Promise.race(running);
    }
  } finally {
    await Promise.all(running);
  }
  return { done, failed, reason };
}
