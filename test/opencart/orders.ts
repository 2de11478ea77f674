/** Orders that are placed all the time, by one guest after the other. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Person, somebody } from "../support/person";
import { Closed, PlainCustomer } from "../support/plain-customer";

export interface Attempt {
  readonly person: Person;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** `placed`: the shop has said so; `closed`: it has shown its closed sign; or else why it failed. */
  readonly outcome: string;
}

/** The lab's two cores run shoppers, servers and cloud. */
const AT_ONCE = 1;
const PAUSE_MS = 500;

/** Orders while something is done. @returns all attempts, in the order of their ends */
export async function ordering(url: string, work: () => Promise<unknown>): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  let isOver = false;
  const shop = async () => {
    while (!isOver) {
      attempts.push(await attempt(url));
      await sleep(PAUSE_MS);
    }
  };
  const shoppers = Array.from({ length: AT_ONCE }, shop);
  try {
    await work();
  } finally {
    isOver = true;
    await Promise.all(shoppers);
  }
  return attempts;
}

export async function attempt(url: string): Promise<Attempt> {
  const person = somebody("Otto");
  const outcome = await new PlainCustomer(url).buy(person).then(
    () => "placed",
    (error: Error) => (error instanceof Closed ? "closed" : reason(error)),
  );
  return { person, at: Date.now(), outcome };
}

function reason({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
