/** HTTPS by one certificate and no other. */
import https from "node:https";

/** As `fetch`, as far as shoppers need it. */
export type Ask = (url: string, init?: Request) => Promise<Response>;

interface Request {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  readonly signal?: AbortSignal;
}

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/**
 * Asks by a connection of its own each time, and follows no redirect.
 * @param certificate PEM of the only one that is believed
 * @param name that it is made out to
 */
export function trusting(certificate: string, name: string): Ask {
  return (url, { method = "GET", headers = {}, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const options = {
        method,
        headers: { ...(body ? FORM : {}), ...headers },
        agent: false,
        ca: certificate,
        servername: name,
        ...(signal ? { signal } : {}),
      };
      const request = https.request(url, options, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const heads = new Headers();
          for (const [key, values = []] of Object.entries(answer.headersDistinct))
            for (const value of values) heads.append(key, value);
          resolve(new Response(Buffer.concat(parts), { status: answer.statusCode ?? 0, headers: heads }));
        });
      });
      request.on("error", reject);
      request.end(body?.toString());
    });
}
