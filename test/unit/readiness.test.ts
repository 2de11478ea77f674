import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { cloudApi } from "../../components/cloud/api";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { certificates } from "../../components/database/certificates";
import { probe } from "../../components/readiness/probe";
import { waitForStore } from "../../components/readiness/wait";
import { Storefront } from "../../components/storefront";
import { BOOTING, FAILED, READY } from "../support/consoles";
import { type FakeEndpoint, fakeEndpoint } from "../support/fake-endpoint";
import { Recorder, record, settled } from "../support/recorder";
import { CLOUD, SMALLEST } from "../support/stack-files";

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => server.close() });
  return (server.address() as AddressInfo).port;
}

/** A storefront that answers with these statuses in turn, the last one for ever. */
async function store(...statuses: number[]) {
  const requests: IncomingMessage[] = [];
  const answer: RequestListener = (request, response) => {
    requests.push(request);
    response.writeHead(statuses[Math.min(requests.length, statuses.length) - 1] ?? 500).end();
  };
  const port = await listening(createServer(answer));
  return { requests, port, url: `http://127.0.0.1:${port}/` };
}

/** A Nova whose servers are named as their ids, with these consoles; `undefined`: none that could be read. */
async function nova(consoles: Record<string, string | undefined>, status = "ACTIVE"): Promise<FakeEndpoint> {
  const endpoint = await fakeEndpoint("compute", ({ url = "", method }) => {
    const id = url.split("/")[2] ?? "";
    if (method === "GET") return { body: JSON.stringify({ server: { name: `store-${id}`, status } }) };
    const output = consoles[id];
    return output === undefined ? { status: 409, body: "" } : { body: JSON.stringify({ output }) };
  });
  open.push(endpoint);
  return endpoint;
}

const quickly = { request: 0.02, consoles: 0.05 };
describe("the wait for the store", () => {
  it("costs a store that answers one request, and no question to the cloud", async () => {
    const { url, requests } = await store(200);
    const api = () => Promise.reject(new Error("asked"));
    await waitForStore({ url, host: "shop.example.com", seconds: 5, servers: ["web"], api });
    assert.deepEqual(
      requests.map(({ headers }) => headers.host),
      ["shop.example.com"],
    );
  });

  it("ends with the first 200, and tells meanwhile what the servers do", async () => {
    const { url, requests } = await store(503, 502, 200);
    const { session } = await nova({ web: READY, app: BOOTING });
    const told: string[] = [];
    await waitForStore({
      url,
      host: undefined,
      seconds: 10,
      servers: ["web", "app"],
      api: async () => cloudApi(session),
      progress: (line) => told.push(line),
      pauses: quickly,
    });
    assert.equal(requests.length, 3);
    assert.match(
      told.join("\n"),
      /\(HTTP 503\): store-web ready after 41 s; store-app booting for 3 s, at: installing/,
    );
  });

  it("fails when the time is over, with every server's report and where to look", async () => {
    const { url } = await store(503);
    const { session } = await nova({ web: READY, app: BOOTING, db: "", old: undefined });
    const servers = ["web", "app", "db", "old"];
    const waiting = waitForStore({
      url,
      host: undefined,
      seconds: 0.2,
      servers,
      api: async () => cloudApi(session),
      pauses: quickly,
    });
    await assert.rejects(waiting, ({ message }: Error) => {
      assert.match(message, /did not answer 200 within 0.2 s; its last answer: HTTP 503/);
      assert.match(message, /store-web: ready after 41 s\n {2}store-app: booting for 3 s, at: installing the base/);
      assert.match(message, /look at: openstack console log show app/);
      assert.match(message, /store-db: nothing on its console yet/);
      assert.match(message, /store-old: its console cannot be read \(HTTP 409\)/);
      return true;
    });
  });

  it("fails at once when a server says that it failed, and names its reason", async () => {
    const { url, requests } = await store(503);
    const { session } = await nova({ web: READY, app: FAILED });
    const begun = Date.now();
    const servers = ["web", "app"];
    const waiting = waitForStore({ url, host: undefined, seconds: 60, servers, api: async () => cloudApi(session) });
    await assert.rejects(
      waiting,
      /store-app failed to boot[\s\S]*store-app: FAILED after 30 s while fetching the release: the archive's SHA/,
    );
    assert.equal(requests.length, 1);
    assert.ok(Date.now() - begun < 5_000);
  });

  it("says what Nova says of a server that does not run", async () => {
    const { url } = await store(503);
    const { session } = await nova({}, "SHUTOFF");
    const api = async () => cloudApi(session);
    const waiting = waitForStore({ url, host: undefined, seconds: 0, servers: ["web"], api, pauses: quickly });
    await assert.rejects(waiting, /store-web: is SHUTOFF in Nova\n {4}look at: openstack server show web/);
  });

  it("points between servers and this machine where all of them are ready", async () => {
    const { session } = await nova({ web: READY });
    const gone = await store(200);
    for (const one of open.splice(1)) one.close();
    const api = async () => cloudApi(session);
    const waiting = waitForStore({
      url: gone.url,
      host: undefined,
      seconds: 0,
      servers: ["web"],
      api,
      pauses: quickly,
    });
    await assert.rejects(waiting, /ECONNREFUSED[\s\S]*access.shoppers must admit this machine/);
  });
});

describe("one request to the storefront", () => {
  it("takes any certificate, and names the host that shoppers name", async () => {
    const { serverCertificate: cert, serverKey: key } = await certificates("seed", "ecommerce-dev", "10.20.2.10");
    let sni: unknown;
    const server = createTlsServer({ cert, key }, (request, response) => {
      sni = Reflect.get(request.socket, "servername");
      response.writeHead(200).end();
    });
    const port = await listening(server);
    assert.deepEqual(await probe({ url: `https://127.0.0.1:${port}/`, host: "shop.example.com" }), {
      open: true,
      said: "HTTP 200",
    });
    assert.equal(sni, "shop.example.com");
  });

  it("does not take a redirect for a shop", async () => {
    const { url } = await store(302);
    assert.deepEqual(await probe({ url, host: undefined }), { open: false, said: "HTTP 302" });
  });
});

describe("storefrontUrl", () => {
  /** A recorder whose floating IP is a server here. */
  function here(port: number): Recorder {
    const recorder = new Recorder();
    const { newResource } = recorder;
    recorder.newResource = (args) => {
      const { id, state } = newResource.call(recorder, args);
      const isAddress = args.type === "openstack:networking/floatingIp:FloatingIp";
      return { id, state: isAddress ? { ...state, address: `127.0.0.1:${port}` } : state };
    };
    return recorder;
  }

  async function urlOf(port: number, changes: Record<string, unknown>, recorder = here(port)): Promise<string> {
    const config = validate("ecommerce", { ...SMALLEST, ...changes });
    const make = () => new Storefront("store", { config, cloud: CLOUD, naming: new Naming("ecommerce", "dev") });
    const { built } = await record(make, recorder);
    return settled(built.outputs.storefrontUrl);
  }

  const shop = { release: { url: "https://example.com/shop.zip", sha256: "0".repeat(64) } };

  it("is not asked for unless boot.wait says so", async () => {
    const { port, url, requests } = await store(200);
    assert.equal(await urlOf(port, { shop }), url);
    assert.equal(requests.length, 0);
  });

  it("resolves when the shop's own page answers, or /healthz where no shop is configured", async () => {
    const { port, url, requests } = await store(200);
    const boot = { mode: "image", wait: 60, handover: 0 };
    assert.equal(await urlOf(port, { shop, boot }), url);
    assert.equal(await urlOf(port, { boot }), url);
    assert.deepEqual(
      requests.map((request) => request.url),
      ["/", "/healthz"],
    );
  });

  it("leaves user data as it is, since a changed one would replace every server", async () => {
    const { port } = await store(200);
    const userData = async (wait: number) => {
      const recorder = here(port);
      await urlOf(port, { boot: { mode: "image", wait, handover: 0 } }, recorder);
      const servers = recorder.of("compute/instance:Instance");
      return Object.fromEntries(servers.map(({ name, inputs }) => [name, inputs.userData]));
    };
    assert.deepEqual(await userData(60), await userData(0));
  });
});
