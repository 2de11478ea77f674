/**
 * Stands between a client and all of a cloud's APIs, passes requests on, and does harm by a plan. It listens at another port for each
 * of the cloud's addresses, and puts its own addresses in the place of the cloud's wherever an answer has them: in Keystone's catalogue and in
 * links. So provider and program both come this way, once they sign in here.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { refusal } from "./fault-answers";
import { type Asked, type Fault, type FaultPlan, nameIn, noFaults, shapeOf, textOf } from "./fault-plan";

export interface FaultProxyOptions {
  /** Default: 30. */
  readonly silenceSeconds?: number;
  /** Ends the engine; a request that waits for it is answered by nothing. */
  readonly kill?: () => Promise<void> | void;
}

/** A whole answer of the cloud. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

interface Place {
  readonly service: string;
  /** Where the cloud is, and where this stands in for it: `http://host:port`. */
  readonly cloud: string;
  readonly own: string;
  readonly server: Server;
}

/** Between two neighbours only. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "content-length",
]);
const BODILESS = new Set([204, 304]);

export class FaultProxy {
  /** What was done, in order: the request as `textOf` writes it, and the fault. */
  readonly done: { readonly asked: string; readonly fault: Fault }[] = [];
  /** How many requests there were. */
  requests = 0;
  private plan: FaultPlan = noFaults;
  private readonly places: Place[] = [];
  private readonly counts = new Map<string, number>();

  private constructor(private readonly options: FaultProxyOptions) {}

  /** Does no harm yet. @param identity Keystone's URL, with its version or without */
  static async start(identity: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await proxy.standIn("identity", identity);
    return proxy;
  }

  /** From now on; counts of requests begin anew. What was done so far stays in `done` unless it is emptied. */
  follow(plan: FaultPlan): void {
    this.plan = plan;
    this.counts.clear();
  }

  /** Address here for one of the cloud's. @throws Error where nothing stands in for it */
  urlOf(cloudUrl: string): string {
    const { origin } = new URL(cloudUrl);
    const place = this.places.find(({ cloud }) => cloud === origin);
    if (!place) throw new Error(`nothing stands in for ${cloudUrl}`);
    return place.own + cloudUrl.slice(origin.length);
  }

  close(): void {
    for (const { server } of this.places) {
      server.closeAllConnections();
      server.close();
    }
  }

  private async standIn(service: string, url: string): Promise<void> {
    const cloud = new URL(url).origin;
    if (this.places.some((place) => place.cloud === cloud)) return;
    const server = createServer((asked, answer) => {
      this.serve(cloud, asked, answer).catch(() => reset(asked.socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    // Two who read one catalogue at once have both come here.
    if (this.places.some((place) => place.cloud === cloud)) server.close();
    else this.places.push({ service, cloud, own: `http://127.0.0.1:${port}`, server });
  }

  private async serve(cloud: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    this.requests += 1;
    const body = await bodyOf(incoming);
    const asked = this.counted(cloud, incoming, body);
    const fault = this.plan(asked);
    if (fault) this.done.push({ asked: textOf(asked), fault });
    const refused = fault && refusal(fault);
    if (refused) {
      // A gateway that refuses has not read on, and says so by closing.
      outgoing.writeHead(refused.status, { ...refused.headers, Connection: "close" });
      outgoing.end(incoming.method === "HEAD" ? undefined : refused.body);
      return;
    }
    if (fault === "kill before") await this.options.kill?.();
    if (fault === "reset before" || fault === "kill before") return reset(incoming.socket);
    const answer = await this.passOn(cloud, incoming, body);
    if (fault === "kill after") await this.options.kill?.();
    if (fault === "reset after" || fault === "kill after") return reset(incoming.socket);
    if (fault === "silence") await sleep((this.options.silenceSeconds ?? 30) * 1000);
    const half = fault === "truncated" ? answer.body.subarray(0, answer.body.length / 2) : answer.body;
    const isBodiless = BODILESS.has(answer.status) || incoming.method === "HEAD";
    const headers = isBodiless ? answer.headers : { ...answer.headers, "content-length": String(half.length) };
    outgoing.writeHead(answer.status, headers).end(isBodiless ? undefined : half);
  }

  private counted(cloud: string, { method = "GET", url = "/" }: IncomingMessage, body: Buffer): Asked {
    const service = this.places.find((place) => place.cloud === cloud)?.service ?? "";
    const asked = { method, service, path: shapeOf(url), name: nameIn(body.toString()), nth: 0 };
    const key = textOf(asked);
    const nth = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, nth);
    return { ...asked, nth };
  }

  private async passOn(cloud: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { host: _, "accept-encoding": __, ...others } = incoming.headers;
    const headers = withoutHops(others);
    const isText = textual(String(incoming.headers["content-type"] ?? ""));
    const sent = isText ? Buffer.from(this.inCloudsTerms(body.toString())) : body;
    if (sent.length > 0 || incoming.headers["content-length"] !== undefined)
      headers["content-length"] = String(sent.length);
    const answer = await ask(`${cloud}${incoming.url}`, incoming.method ?? "GET", headers, sent);
    const told = textual(String(answer.headers["content-type"] ?? ""));
    if (told) await this.learn(answer.body.toString());
    const ownHeaders = Object.entries(answer.headers).map(([name, value]) => {
      return [name, typeof value === "string" && name === "location" ? this.inOwnTerms(value) : value] as const;
    });
    return {
      status: answer.status,
      headers: Object.fromEntries(ownHeaders),
      body: told ? Buffer.from(this.inOwnTerms(answer.body.toString())) : answer.body,
    };
  }

  /** Stands in for all of a catalogue, where an answer has one. */
  private async learn(answer: string): Promise<void> {
    if (!answer.includes('"catalog"')) return;
    const { token, catalog = token?.catalog } = JSON.parse(answer);
    for (const { type, endpoints } of Array.isArray(catalog) ? catalog : [])
      for (const { url } of endpoints) await this.standIn(type, url);
  }

  private inOwnTerms(text: string): string {
    return this.places.reduce((all, { cloud, own }) => replaced(all, cloud, own), text);
  }

  private inCloudsTerms(text: string): string {
    return this.places.reduce((all, { cloud, own }) => replaced(all, own, cloud), text);
  }
}

/** Ports may begin with one another's digits. */
const replaced = (text: string, from: string, to: string) =>
  text.split(from).reduce((all, part) => {
    return all + (/^\d/.test(part) ? from : to) + part;
  });

const textual = (contentType: string) => /json|^text\//.test(contentType);

/** Not closed, which a client may take for the end of an answer. */
function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part);
  return Buffer.concat(parts);
}

function withoutHops(headers: IncomingMessage["headers"]): Record<string, string | string[]> {
  const kept = Object.entries(headers).flatMap(([name, value]) => {
    return value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

function ask(url: string, method: string, headers: Record<string, string | string[]>, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false }, (incoming) => {
      bodyOf(incoming).then((whole) => {
        const kept = withoutHops(incoming.headers);
        const length = incoming.headers["content-length"];
        // Of an answer to HEAD, it is all that there is to know.
        if (method === "HEAD" && length !== undefined) kept["content-length"] = length;
        resolve({ status: incoming.statusCode ?? 502, headers: kept, body: whole });
      }, reject);
    });
    asking.on("error", reject);
    asking.end(body);
  });
}
