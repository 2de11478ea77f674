import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError, type CloudApi, cloudApi } from "../../components/cloud/api";
import { wordsIn } from "../../components/cloud/api-error";
import { PLAIN_CONNECTION } from "../../components/cloud/connection-settings";
import { PATIENCE, type Patience, retryAfter } from "../../components/cloud/patience";
import { sessionOf } from "../../components/cloud/session";
import { ANSWER_LOST, type Fault, noFaults } from "../support/fault-plan";
import { FaultProxy } from "../support/fault-proxy";

/** As short as a test may be; the gaps are otherwise the same. */
const QUICK = { ...PATIENCE, waits: [0.01, 0.02, 0.04] };
const ANSWER = { servers: [{ id: "a", name: "web" }] };

/** The program's own calls through a proxy that does harm. */
describe("the program's own requests to a cloud that stumbles", () => {
  let server: Server;
  let proxy: FaultProxy;
  let asked: string[];
  let api: (patience?: Patience) => CloudApi;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(ANSWER));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const nova = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    proxy = await FaultProxy.start(nova, { silenceSeconds: 0.2 });
    const endpoints = [{ url: proxy.urlOf(nova), interface: "public", region: "here" }];
    const scope = { tokenId: "token", region: "here", serviceCatalogs: [{ type: "compute", endpoints }] };
    api = (patience = QUICK) => cloudApi({ ...sessionOf(scope, PLAIN_CONNECTION) }, undefined, patience);
  });
  afterEach(() => {
    proxy.close();
    server.closeAllConnections();
    server.close();
  });

  const faulty = (fault: Fault, times: number) => proxy.follow(({ nth }) => (nth <= times ? fault : undefined));
  const list = () => api().call("compute", "/servers");
  const reboot = () => api().post("compute", "/servers/1/action", { reboot: {} });
  const message = (work: Promise<unknown>) =>
    work.then(
      () => "it was answered",
      (error: Error) => error.message,
    );

  for (const fault of ["server error", "unavailable", "reset before", "reset after", "truncated"] as const) {
    it(`${fault}: what only reads is asked again, and what changes something is not`, async () => {
      faulty(fault, 3);
      assert.deepEqual(await list(), ANSWER);
      assert.equal(proxy.done.length, 3);
      asked.length = 0;
      proxy.done.length = 0;
      faulty(fault, 3);
      await assert.rejects(reboot());
      await assert.rejects(api().call("compute", "/servers/1", "DELETE"));
      await assert.rejects(api().copy("/servers/1", "a/b"), /the cloud's catalogue has no object-store service/);
      assert.equal(proxy.done.length, 2);
      const changes = ["POST /servers/1/action", "DELETE /servers/1"];
      assert.deepEqual(asked, ANSWER_LOST.has(fault) ? changes : []);
    });
  }

  it("429: asked again whatever it is, since nothing was done, after the time that the cloud names", async () => {
    for (const work of [list, reboot]) {
      faulty("too many", 1);
      const begun = Date.now();
      await work();
      assert.ok(Date.now() - begun >= 2000, `${Date.now() - begun} ms`);
    }
    assert.deepEqual(asked, ["GET /servers", "POST /servers/1/action"]);
  });

  it("says at once what does not pass: another wait than it has patience for, a conflict, nobody who listens", async () => {
    faulty("too many", 1);
    const impatient = api({ ...QUICK, longestWait: 1 });
    await assert.rejects(
      impatient.call("compute", "/servers"),
      /answered with 429: 429 Too Many Requests You have sent/,
    );
    faulty("conflict", 1);
    assert.match(
      await message(list()),
      /^GET \S+\/servers was answered with 409: The object is immutable and cannot be up/,
    );
    assert.equal(proxy.done.length, 2);
    proxy.close();
    const begun = Date.now();
    await assert.rejects(api(PATIENCE).call("compute", "/servers"), /ECONNREFUSED/);
    assert.ok(Date.now() - begun < 900);
  });

  it("gives up after four attempts, and says what, where, why and how often", async () => {
    const texts: Readonly<Record<string, RegExp>> = {
      "server error":
        / with 500: An unexpected error prevented the server from fulfilling your request\. \(asked 4 times\)$/,
      unavailable:
        / with 503: 503 Service Unavailable No server is available to handle this request\. \(asked 4 times\)$/,
      "reset after": /^GET http:\S+\/servers failed: .*(ECONNRESET|other side closed|socket).* \(asked 4 times\)$/,
      truncated:
        /^GET http:\S+\/servers was answered with 200 with JSON that is cut off or none \(".*" is its end\) \(asked 4 times\)$/,
    };
    for (const [fault, text] of Object.entries(texts)) {
      faulty(fault as Fault, 9);
      assert.match(await message(list()), text);
    }
    assert.equal(proxy.done.length, 16);
    faulty("unavailable", 9);
    await assert.rejects(list(), (error) => error instanceof ApiError && error.status === 503);
  });

  it("never begins another attempt after the time that it has in all", async () => {
    faulty("silence", 9);
    const hasty = api({ waits: [0.01, 0.02, 0.04, 0.08, 0.1], longestWait: 30, total: 0 });
    assert.deepEqual(await hasty.call("compute", "/servers"), ANSWER);
    faulty("unavailable", 9);
    proxy.done.length = 0;
    await assert.rejects(hasty.call("compute", "/servers"));
    assert.equal(proxy.done.length, 1);
  });

  it("takes a gateway's page with success for no answer", async () => {
    proxy.follow(noFaults);
    server.removeAllListeners("request");
    server.on("request", (_, response) => response.end("<html><title>x</title><h1>Sign in to the network</h1></html>"));
    const text = await message(list());
    assert.match(
      text,
      /^GET \S+ was answered with 200 with a page of HTML \("Sign in to the network"\) \(asked 4 times\)$/,
    );
  });

  it("reads both forms of Retry-After, and the words of many services", () => {
    assert.deepEqual([retryAfter("7"), retryAfter(null), retryAfter("soon")], [7, undefined, undefined]);
    const inTen = retryAfter(new Date(Date.now() + 10_000).toUTCString()) ?? 0;
    assert.ok(inTen > 8 && inTen <= 10, String(inTen));
    assert.equal(retryAfter(new Date(0).toUTCString()), 0);
    assert.equal(wordsIn('{"NeutronError": {"type": "X", "message": "No more IP addresses"}}'), "No more IP addresses");
    assert.equal(wordsIn('{"faultcode": "Server", "faultstring": "boom"}'), "boom");
    assert.equal(wordsIn('{"code": 409, "title": "Conflict", "explanation": "already", "error": {}}'), "already");
    assert.deepEqual(
      ["", "null", "{}", "x".repeat(300)].map((one) => wordsIn(one).length),
      [0, 4, 2, 200],
    );
  });
});
