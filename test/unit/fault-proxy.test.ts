import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  FAULTS,
  type Fault,
  type FaultPlan,
  nameIn,
  noFaults,
  random,
  seededFaults,
  shapeOf,
  textOf,
} from "../support/fault-plan";
import { FaultProxy } from "../support/fault-proxy";

const ID = "0123456789abcdef0123456789abcdef";

/** A cloud of Keystone and Neutron at two addresses, which says links to itself as clouds do. */
async function cloud() {
  const asked: string[] = [];
  const bodies: string[] = [];
  const servers: Server[] = [];
  const listen = async (
    answer: (request: IncomingMessage, body: string) => { body: string; headers?: Record<string, string> },
  ) => {
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      asked.push(`${request.method} ${request.url}`);
      bodies.push(body);
      const said = answer(request, body);
      response
        .writeHead(200, { "Content-Type": "application/json", "X-Subject-Token": "t", ...said.headers })
        .end(said.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const network: string = await listen(({ url }) => ({
    body: JSON.stringify({ networks: [{ id: ID, name: "web" }], links: [{ href: `${network}${url}` }] }),
    headers: { Location: `${network}/v2.0/networks/${ID}` },
  }));
  const identity: string = await listen(() => {
    const endpoints = ["public", "internal"].map((one) => ({ interface: one, url: `${network}/v2.0` }));
    return { body: JSON.stringify({ token: { catalog: [{ type: "network", endpoints }] } }) };
  });
  const close = () => {
    for (const server of servers) server.close();
  };
  return { identity: `${identity}/v3`, network, asked, bodies, close };
}

describe("the proxy that does harm", () => {
  let real: Awaited<ReturnType<typeof cloud>>;
  let proxy: FaultProxy;
  let killed = 0;
  let network = "";
  const always =
    (fault: Fault): FaultPlan =>
    () =>
      fault;
  const get = (path = "/v2.0/networks", init: RequestInit = {}) => fetch(`${network}${path}`, init);
  /** Why a request had no answer, in the words of the system. */
  const broken = (work: Promise<unknown>) =>
    work.then(
      () => "it was answered",
      (error) => String(error.cause?.code ?? error.cause?.message ?? error),
    );

  beforeEach(async () => {
    killed = 0;
    real = await cloud();
    const kill = () => {
      killed += 1;
    };
    proxy = await FaultProxy.start(real.identity, { silenceSeconds: 0.3, kill });
    const answer = await fetch(`${proxy.urlOf(real.identity)}/auth/tokens`, { method: "POST", body: "{}" });
    assert.equal(answer.headers.get("X-Subject-Token"), "t");
    const { token } = await answer.json();
    network = new URL(token.catalog[0].endpoints[0].url).origin;
    real.asked.length = 0;
  });
  afterEach(() => {
    proxy.close();
    real.close();
  });

  it("stands in for what the catalogue names, in links and places too, and says the cloud's own addresses to the cloud", async () => {
    assert.notEqual(network, real.network);
    assert.equal(network, new URL(proxy.urlOf(`${real.network}/v2.0`)).origin);
    const body = JSON.stringify({ ref: `${network}/v2.0/x` });
    const answer = await get("/v2.0/networks?name=web", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    const { links } = await answer.json();
    assert.equal(links[0].href, `${network}/v2.0/networks?name=web`);
    assert.equal(answer.headers.get("Location"), `${network}/v2.0/networks/${ID}`);
    assert.deepEqual(real.asked, ["POST /v2.0/networks?name=web"]);
    assert.equal(real.bodies.at(-1), JSON.stringify({ ref: `${real.network}/v2.0/x` }));
    assert.throws(() => proxy.urlOf("http://127.0.0.1:1/"), /nothing stands in for http:\/\/127\.0\.0\.1:1\//);
  });

  for (const [fault, status, type] of [
    ["conflict", 409, "application/json"],
    ["too many", 429, "text/html"],
    ["server error", 500, "application/json"],
    ["unavailable", 503, "text/html"],
  ] as const) {
    it(`${fault}: refuses with ${status}, and the cloud is not asked`, async () => {
      proxy.follow(always(fault));
      const answer = await get();
      assert.deepEqual([answer.status, answer.headers.get("Content-Type")], [status, type]);
      assert.equal(answer.headers.get("Retry-After"), status === 429 ? "2" : null);
      const body = await answer.text();
      if (type === "text/html") assert.match(body, new RegExp(`^<html><body><h1>${status} `));
      else JSON.parse(body);
      assert.equal(await (await get("/v2.0/networks", { method: "HEAD" })).text(), "");
      assert.deepEqual(real.asked, []);
    });
  }

  for (const [fault, arrives, kills] of [
    ["reset before", 0, 0],
    ["reset after", 1, 0],
    ["kill before", 0, 1],
    ["kill after", 1, 1],
  ] as const) {
    it(`${fault}: no answer comes, and the cloud ${arrives ? "has done it" : "is not asked"}`, async () => {
      proxy.follow(always(fault));
      assert.equal(await broken(get("/v2.0/networks", { method: "POST", body: "{}" })), "ECONNRESET");
      assert.deepEqual([real.asked.length, killed], [arrives, kills]);
    });
  }

  it("silence: the cloud has done it, and the answer comes late and whole", async () => {
    proxy.follow(always("silence"));
    assert.match(await broken(get("/", { signal: AbortSignal.timeout(100) })), /timeout/i);
    const begun = Date.now();
    assert.equal((await (await get()).json()).networks[0].id, ID);
    assert.ok(Date.now() - begun >= 290);
    assert.equal(real.asked.length, 2);
  });

  it("truncated: half of the answer comes, and nothing tells that it is not all", async () => {
    const whole = await (await get()).text();
    proxy.follow(always("truncated"));
    const answer = await get();
    const half = await answer.text();
    assert.deepEqual([answer.status, half.length], [200, Math.floor(whole.length / 2)]);
    assert.ok(whole.startsWith(half));
    assert.throws(() => JSON.parse(half), SyntaxError);
    assert.equal(real.asked.length, 2);
  });

  it("notes what it has done, and counts each kind of request for itself", async () => {
    const seen: string[] = [];
    proxy.follow((asked) => {
      seen.push(textOf(asked));
      return asked.nth === 2 ? "conflict" : undefined;
    });
    const make = (name: string) =>
      get("/v2.0/networks", { method: "POST", body: JSON.stringify({ network: { name } }) });
    for (const name of ["web", "app", "web"]) await make(name);
    for (const id of [ID, "01234567-89ab-cdef-0123-456789abcdef"]) await get(`/v2.0/networks/${id}?fields=id`);
    const one = "GET network /v2.0/networks/{id}";
    assert.deepEqual(seen, [
      'POST network /v2.0/networks "web" #1',
      'POST network /v2.0/networks "app" #1',
      'POST network /v2.0/networks "web" #2',
      `${one} #1`,
      `${one} #2`,
    ]);
    assert.deepEqual(proxy.done, [
      { asked: 'POST network /v2.0/networks "web" #2', fault: "conflict" },
      { asked: `${one} #2`, fault: "conflict" },
    ]);
    assert.equal(proxy.requests, 6);
    proxy.follow(noFaults);
    assert.equal((await make("web")).status, 200);
  });

  it("does to the same requests the same harm by the same seed, in whatever order they come", async () => {
    const paths = Array.from({ length: 120 }, (_, index) => `/v2.0/things-${index}`);
    const harm = async (seed: number, all: readonly string[], atOnce: boolean) => {
      proxy.done.length = 0;
      proxy.follow(seededFaults(seed, ["conflict", "unavailable", "reset before", "truncated"]));
      const ask = async (path: string) =>
        broken(get(path, { method: "PUT", body: "{}" }).then((answer) => answer.text()));
      if (atOnce) await Promise.all(all.map(ask));
      else for (const path of all) await ask(path);
      return proxy.done.map(({ asked, fault }) => `${asked}: ${fault}`).sort();
    };
    const seeds = [1, 2, 3, 4, 5];
    const first: string[][] = [];
    for (const seed of seeds) first.push(await harm(seed, paths, false));
    for (const seed of seeds) assert.deepEqual(await harm(seed, paths.toReversed(), true), first[seed - 1]);
    assert.equal(new Set(first.map(String)).size > 2, true, JSON.stringify(first));
  });
});

describe("seeds of faults", () => {
  const asked = (method: string, nth: number) => ({
    method,
    service: "network",
    path: "/v2.0/networks",
    name: "",
    nth,
  });

  it("draw numbers evenly, and others for each text", () => {
    const draw = random("a");
    const numbers = Array.from({ length: 10_000 }, draw);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const within = numbers.filter((one) => one >= tenth / 10 && one < (tenth + 1) / 10).length;
      assert.ok(within > 850 && within < 1150, `${within} of 10,000 in tenth ${tenth}`);
    }
    assert.deepEqual(Array.from({ length: 3 }, random("a")), numbers.slice(0, 3));
    assert.notEqual(random("b")(), numbers[0]);
  });

  it("meet all kinds of fault, more at requests that change something than at those that read", () => {
    const count = (method: string) => {
      const found: Fault[] = [];
      for (let seed = 0; seed < 200; seed += 1)
        for (let nth = 1; nth <= 100; nth += 1) found.push(...[seededFaults(seed)(asked(method, nth)) ?? []].flat());
      return found;
    };
    const changes = count("POST");
    assert.deepEqual([...new Set(changes)].sort(), [...FAULTS].sort());
    assert.ok(changes.length > 20_000 * 0.012 && changes.length < 20_000 * 0.02, String(changes.length));
    const reads = count("GET").length;
    assert.ok(reads > changes.length / 6 && reads < changes.length / 3, `${reads} of ${changes.length}`);
  });

  it("see requests without ids and queries, with the name of what they are about", () => {
    assert.equal(shapeOf(`/v1/AUTH_${ID}/shop-static?format=json`), "/v1/{id}/shop-static");
    assert.equal(nameIn('{"security_group": {"name": "web", "rules": []}}'), "web");
    assert.deepEqual(["", "[", "null", '"name"', '{"tags": ["a"]}'].map(nameIn), ["", "", "", "", ""]);
  });
});
