/** OpenStack's APIs, for the little that the provider does not tell. */
import * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import type { Response } from "undici";
import { z } from "zod";
import { ApiError, jsonObject, wordsIn } from "./api-error";
import { absence, type Catalogue, endpointOf } from "./endpoints";
import { PATIENCE, patiently, retryAfter } from "./patience";
import { openSession, type Session } from "./session";

export { ApiError } from "./api-error";

const TIMEOUT_MS = 30_000;
/** Of an object of 5 GB. */
const COPY_TIMEOUT_MS = 300_000;

/** @returns what the work gives; nothing where the cloud answers that it has no such object */
export async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 404) return undefined;
    throw cause;
  }
}

export interface CloudApi {
  /**
   * @param service its type in Keystone's catalogue
   * @returns the JSON object of the answer; an empty one where there is none
   * @throws ApiError unless answered with 2xx; Error when the region has no such service, it cannot be reached, or its answer is no
   *   JSON; what may pass within seconds is asked again before (`patience.ts`)
   */
  readonly call: (service: string, path: string, method?: "GET" | "DELETE") => Promise<Record<string, unknown>>;
  /** The same with a body, which is sent as JSON. */
  readonly post: (service: string, path: string, body: object) => Promise<Record<string, unknown>>;
  /** The same for what is no JSON. @param accept the answer's content type */
  readonly text: (service: string, path: string, accept: string) => Promise<string>;
  /**
   * Swift copies an object by itself.
   * @param path of the object, with a query that names one of its versions
   * @param destination `<container>/<object>`, percent-encoded
   * @throws ApiError unless answered with 2xx
   */
  readonly copy: (path: string, destination: string) => Promise<void>;
  /** What Keystone says of the token itself: user, project, roles, and the application credential that it came by. */
  readonly token: () => Promise<Token>;
}

/** What requests take of a session. */
type Access = Catalogue & Pick<Session, "tokenId" | "send">;

interface Ask {
  readonly service: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** @param problem what an error about the answer begins with */
type Read<T> = (answer: string, problem: string) => T;

const tokenSchema = z.object({
  token: z.object({
    user: z.object({ id: z.string(), name: z.string().optional(), password_expires_at: z.string().nullish() }),
    methods: z.array(z.string()).optional(),
    project: z.object({ id: z.string() }).optional(),
    application_credential: z
      .object({ id: z.string().optional(), name: z.string(), restricted: z.boolean() })
      .optional(),
  }),
});
export type Token = z.output<typeof tokenSchema>["token"];

/**
 * For what happens so late in a run that the token may be past its end. The provider signs in once for the whole run: its
 * scope costs Keystone nothing, and is asked for only when the API is.
 */
export function lateApi(opts: pulumi.InvokeOptions): () => Promise<CloudApi> {
  let api: Promise<CloudApi> | undefined;
  const session = () => openSession("late", opts);
  // The provider signs in anew when a request of its own is refused: this is one that every member may make.
  const renew = () => openstack.compute.getAvailabilityZones({}, opts).then(session);
  return () => {
    api ??= session().then((first) => cloudApi(first, renew));
    return api;
  };
}

/**
 * @param session the token, the catalogue, and how its services are reached
 * @param renew gives one with a new token, by which a request that was refused is made again; none: it stays refused
 * @param patience with requests that only read
 */
export function cloudApi(session: Access, renew?: () => Promise<Access>, patience = PATIENCE): CloudApi {
  const withToken = tokens(session, renew);
  const endpoint = (service: string) => {
    const url = endpointOf(session, service);
    if (url === undefined) throw new Error(absence(session, service));
    return url;
  };
  const once = async <T>({ service, path, method, headers: others, body }: Ask, read: Read<T>): Promise<T> => {
    const url = `${endpoint(service)}${path}`;
    const answer = await withToken((token) => {
      // Keystone is asked about nothing but the token itself.
      const subject = service === "identity" ? { "X-Subject-Token": token } : {};
      const headers = { "X-Auth-Token": token, ...subject, ...others };
      const timeout = method === "COPY" ? COPY_TIMEOUT_MS : TIMEOUT_MS;
      return session.send(url, { method, headers, body: body ?? null, signal: AbortSignal.timeout(timeout) });
    });
    const problem = `${method} ${url} was answered with ${answer.status}`;
    const said = await answer.text().catch((cause: unknown) => {
      throw new Error(`${problem}, but the answer breaks off`, { cause });
    });
    if (answer.ok) return read(said, problem);
    const words = wordsIn(said);
    throw new ApiError(
      words ? `${problem}: ${words}` : problem,
      answer.status,
      said,
      retryAfter(answer.headers.get("Retry-After")),
    );
  };
  const ask = <T>(request: Ask, read: Read<T>) =>
    patiently(request.method === "GET", () => once(request, read), patience);
  const text = (service: string, path: string, method: string, headers: Ask["headers"]) =>
    ask({ service, path, method, headers }, (said) => said);
  const call = (service: string, path: string, method = "GET") =>
    ask({ service, path, method, headers: { Accept: "application/json" } }, jsonObject);
  const post = (service: string, path: string, body: object) => {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    return ask({ service, path, method: "POST", headers, body: JSON.stringify(body) }, jsonObject);
  };
  return {
    text: (service, path, accept) => text(service, path, "GET", { Accept: accept }),
    call,
    post,
    copy: async (path, destination) => {
      await text("object-store", path, "COPY", { Destination: destination });
    },
    token: async () => tokenSchema.parse(await call("identity", "/v3/auth/tokens?nocatalog")).token,
  };
}

/** @returns makes a request with the token, and once more with a new one when it is refused */
function tokens(first: Access, renew?: () => Promise<Access>) {
  let current = Promise.resolve(first);
  return async (ask: (token: string) => Promise<Response>): Promise<Response> => {
    const used = current;
    const session = await used;
    const answer = await ask(session.tokenId);
    if (answer.status !== 401 || !renew) return answer;
    // Once for all requests that are refused beside each other; where it fails, the refusal is what is told.
    if (current === used) current = renew().catch(() => session);
    return ask((await current).tokenId);
  };
}
