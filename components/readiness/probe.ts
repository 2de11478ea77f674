/** One request to the storefront, as a shopper's browser would make it. */
import http from "node:http";
import https from "node:https";

const TIMEOUT_MS = 5_000;

export interface ProbeArgs {
  /** URL to ask, by the store's own address, e.g. `https://203.0.113.17/`. */
  readonly url: string;
  /** Host that shoppers name, where it is another one. */
  readonly host: string | undefined;
}

export interface Answer {
  readonly open: boolean;
  /** Why it is not open, in words: the status, or what hindered the connection. */
  readonly said: string;
}

/**
 * Never throws: an obstacle is an answer too. It accepts every certificate, because browsers judge that, and this probe
 * does not.
 */
export function probe({ url, host }: ProbeArgs): Promise<Answer> {
  return new Promise((resolve) => {
    const options = {
      // A connection kept for the next request would hold on to one server of the balancer's.
      agent: false,
      // With a cookie the answer is a page that the shop made, never one that a web server kept (`shop.cache`).
      headers: { "User-Agent": "ecommerce-readiness", Cookie: "ecommerce=readiness", ...(host ? { Host: host } : {}) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const hindered = (error: NodeJS.ErrnoException) => {
      const late = error.name === "AbortError" || error.name === "TimeoutError";
      resolve({ open: false, said: late ? `no answer in ${TIMEOUT_MS / 1000} s` : error.message });
    };
    const answered = (response: http.IncomingMessage) => {
      response.resume();
      resolve({ open: response.statusCode === 200, said: `HTTP ${response.statusCode}` });
    };
    const request = url.startsWith("https:")
      ? https.get(url, { ...options, rejectUnauthorized: false }, answered)
      : http.get(url, options, answered);
    request.on("error", hindered);
  });
}
