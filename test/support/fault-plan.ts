/**
 * At which requests which fault happens. A draw depends on the seed, on what is asked and on how often it was asked before, and not on
 * the order in which requests come: the engine makes many at once. So a seed repeats itself as far as the requests do.
 */

/** What a gateway, a network or a tired service does to a request. */
export const FAULTS = [
  /** 409, as from a service whose object is just being changed; not passed on. */
  "conflict",
  /** 429 with `Retry-After`; not passed on. */
  "too many",
  /** 500; not passed on. */
  "server error",
  /** 503 with a gateway's page in HTML; not passed on. */
  "unavailable",
  /** The connection is reset; not passed on. */
  "reset before",
  /** It is passed on, and the connection reset in place of the answer. */
  "reset after",
  /** It is passed on, and the answer kept back for a while. */
  "silence",
  /** It is passed on, and only the first half of the answer comes, as if that were all. */
  "truncated",
  /** The engine is killed; not passed on. */
  "kill before",
  /** It is passed on, and the engine killed before the answer. */
  "kill after",
] as const;
export type Fault = (typeof FAULTS)[number];

/** Faults after which the cloud has done what was asked, though the one who asked does not know. */
export const ANSWER_LOST: ReadonlySet<Fault> = new Set(["reset after", "truncated", "kill after"]);

/** A request, without what differs from run to run. */
export interface Asked {
  readonly method: string;
  /** Its type in Keystone's catalogue. */
  readonly service: string;
  /** Path with `{id}` for every id, without a query. */
  readonly path: string;
  /** Of the object in the request's body; empty where there is none. */
  readonly name: string;
  /** 1 for the first request of these four. */
  readonly nth: number;
}

export type FaultPlan = (asked: Asked) => Fault | undefined;

export const noFaults: FaultPlan = () => undefined;

export const textOf = ({ method, service, path, name, nth }: Asked): string =>
  `${method} ${service} ${path}${name ? ` "${name}"` : ""} #${nth}`;

/** Exactly these, for a case that a seed has found. @param cases each fault by its request, as `textOf` writes it */
export const theseFaults =
  (cases: Readonly<Record<string, Fault>>): FaultPlan =>
  (asked) =>
    cases[textOf(asked)];

/** Of a hundred requests that change something, how many meet a fault: between these, by the seed. Of those that read, a quarter. */
const PERCENT = [0.2, 3] as const;
const READS = 0.25;
const isRead = (method: string) => method === "GET" || method === "HEAD";

/**
 * @param seed any whole number
 * @param faults that may happen
 */
export function seededFaults(seed: number, faults: readonly Fault[] = FAULTS): FaultPlan {
  const [least, most] = PERCENT;
  const share = (least + (most - least) * random(`${seed} share`)()) / 100;
  return (asked) => {
    const draw = random(`${seed} ${textOf(asked)}`);
    if (draw() >= share * (isRead(asked.method) ? READS : 1)) return undefined;
    return faults[Math.floor(draw() * faults.length)];
  };
}

/** Numbers from 0 to below 1: mulberry32 (public domain, T. Ettinger), which begins at the text's FNV-1a hash. */
export function random(text: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ID = /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** @param target path and query of a request @returns the path, with `{id}` for every id in it */
export function shapeOf(target: string): string {
  const [path = ""] = target.split("?");
  return path
    .split("/")
    .map((part) => (ID.test(part.replace(/^AUTH_/, "")) ? "{id}" : part))
    .join("/");
}

/** @param body of a request @returns the name of the object that it describes: `{"network": {"name": "web"}}` */
export function nameIn(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return "";
  }
  for (const part of [parsed, ...Object.values(Object(parsed))]) {
    const { name } = Object(part);
    if (typeof name === "string") return name;
  }
  return "";
}
