/**
 * How long the program's own requests wait for a cloud that stumbles. A gateway that restarts, a limit of requests or a broken
 * connection passes within seconds, and must not end a run. What only reads is asked again; what changes something is asked again only where
 * the cloud says that it has not been done (429): a lost answer may be that of a change that was made.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, UnreadableAnswer } from "./api-error";

export interface Patience {
  /** Seconds before the second attempt, the third, and so on. */
  readonly waits: readonly number[];
  /** Seconds that a service may ask to wait, by `Retry-After`. */
  readonly longestWait: number;
  /** Seconds after which no further attempt begins. */
  readonly total: number;
}

export const PATIENCE: Patience = { waits: [1, 2, 4], longestWait: 30, total: 60 };

/** What passes: the service, or a gateway before it, is away or busy. */
const PASSING = new Set([429, 500, 502, 503, 504]);
/** Codes of what does not pass by itself: nobody listens, a name that is unknown, a certificate that is not trusted. */
const LASTING = /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ERR_|CERT_|DEPTH_|SELF_SIGNED|UNABLE_|HOSTNAME)/;

/**
 * For requests of our own, and for what we have the provider look up.
 * @param isRead whether the request changes nothing
 * @param attempt makes it, and reads the whole answer
 * @throws the last attempt's error, which says how often it was asked
 */
export async function patiently<T>(
  isRead: boolean,
  attempt: () => Promise<T>,
  { waits, longestWait, total }: Patience = PATIENCE,
): Promise<T> {
  const begun = Date.now();
  for (let made = 0; ; made += 1) {
    try {
      return await attempt();
    } catch (cause) {
      const wait = waits[made];
      const asked = cause instanceof ApiError ? cause.retryAfter : undefined;
      const seconds = Math.max(wait ?? 0, asked ?? 0);
      const isLate = (Date.now() - begun) / 1000 + seconds > total;
      if (wait === undefined || isLate || seconds > longestWait || !passes(cause, isRead))
        throw counted(cause, made + 1);
      await sleep(seconds * 1000);
    }
  }
}

/** In the provider's own words, of a request that it made for us. */
const PROVIDER_PASSES =
  /but got (429|50[0234]) instead|OpenStack connection error|unexpected (EOF|end of JSON)|invalid character '/;
/** A sign-in that failed once is what it says for the rest of the run. */
const PROVIDER_LASTING = /connection refused|no such host|x509|certificate|\bpost\W+http\S+\/auth\/tokens\b/i;

/** @param isRead whether the request changes nothing @returns whether another attempt may be answered */
export function passes(cause: unknown, isRead: boolean): boolean {
  if (cause instanceof ApiError) return isRead ? PASSING.has(cause.status) : cause.status === 429;
  if (!isRead || !(cause instanceof Error)) return false;
  if (PROVIDER_PASSES.test(cause.message)) return !PROVIDER_LASTING.test(cause.message);
  return cause instanceof UnreadableAnswer || isOfConnection(cause);
}

/** As `transport` throws them. */
function isOfConnection({ cause }: Error): boolean {
  for (let reason: unknown = cause; reason instanceof Error; reason = reason.cause) {
    const code = String(Reflect.get(reason, "code") ?? "");
    if (LASTING.test(code)) return false;
    if (reason.name === "TimeoutError" || /^(E[A-Z_]+|UND_ERR_[A-Z_]+)$/.test(code)) return true;
  }
  return false;
}

function counted(cause: unknown, times: number): unknown {
  if (times > 1 && cause instanceof Error) cause.message = `${cause.message.trimEnd()} (asked ${times} times)`;
  return cause;
}

/** @param header `Retry-After`: seconds, or a date @returns seconds; nothing where there is no such header */
export function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
