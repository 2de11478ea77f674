/** What gateways and services say when they do not do what they are asked. */
import type { Fault } from "./fault-plan";

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const HTML = { "Content-Type": "text/html" };
const JSON_BODY = { "Content-Type": "application/json" };

/** Seconds after which a client that was refused by 429 may come again. */
const RETRY_AFTER = 2;

const page = (title: string, text: string) => `<html><body><h1>${title}</h1>\n${text}\n</body></html>\n`;

const REFUSALS: Readonly<Partial<Record<Fault, Refusal>>> = {
  // Octavia's words for a balancer that is just being changed; Neutron and Nova have others in the same form.
  conflict: {
    status: 409,
    headers: JSON_BODY,
    body: JSON.stringify({
      faultcode: "Client",
      faultstring: "The object is immutable and cannot be updated.",
      debuginfo: null,
    }),
  },
  "too many": {
    status: 429,
    headers: { ...HTML, "Retry-After": String(RETRY_AFTER) },
    body: page("429 Too Many Requests", "You have sent too many requests in a given amount of time."),
  },
  "server error": {
    status: 500,
    headers: JSON_BODY,
    body: JSON.stringify({
      error: {
        code: 500,
        title: "Internal Server Error",
        message: "An unexpected error prevented the server from fulfilling your request.",
      },
    }),
  },
  // HAProxy's page.
  unavailable: {
    status: 503,
    headers: { ...HTML, "Cache-Control": "no-cache" },
    body: page("503 Service Unavailable", "No server is available to handle this request."),
  },
};

/** @returns nothing for a fault that is not a whole answer */
export function refusal(fault: Fault): Refusal | undefined {
  return REFUSALS[fault];
}
