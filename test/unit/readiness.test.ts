import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { cloudApi } from "../../components/cloud/api";
import { validate } from "../../components/config/validate";
import { certificates } from "../../components/database/certificates";
import { Naming } from "../../components/naming";
import { bootReport } from "../../components/readiness/boot-report";
import { Handover, type HandoverArgs } from "../../components/readiness/handover";
import { knock } from "../../components/readiness/probe";
import { waitForStore } from "../../components/readiness/wait";
import { Storefront } from "../../components/storefront";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
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
const READY = "ecommerce: [40 s] starting Apache\necommerce: [41 s] web is ready\n";
const BOOTING = "[  1.2] cloud-init[9]: ecommerce: [3 s] installing the base packages\r\n";
const FAILED =
  "ecommerce: [9 s] fetching the release\necommerce: [30 s] the archive's SHA-256 is another\n" +
  "ecommerce: [30 s] services FAILED while fetching the release\n";

describe("a server's report on its console", () => {
  it("is silent before user data runs, whatever else is written there", () => {
    assert.equal(bootReport("Linux version 6.1\n[ OK ] ecommerce is ready\n").state, "silent");
  });

  it("names the last step and its second", () => {
    const report = bootReport(`boot\n${BOOTING}`);
    assert.deepEqual([report.state, report.step, report.seconds], ["booting", "installing the base packages", 3]);
  });

  it("is ready, or failed with what it said last", () => {
    assert.deepEqual([bootReport(READY).state, bootReport(READY).seconds], ["ready", 41]);
    const { state, step, reason } = bootReport(
      "ecommerce: [1 s] a step\necommerce: [2 s] why\necommerce: [2 s] db FAILED while a step",
    );
    assert.deepEqual([state, step, reason], ["failed", "a step", "why"]);
  });

  it("is not set back by cloud-init, which repeats every line a moment later", () => {
    const late = "[4.1] cloud-init[9]: ecommerce: [40 s] starting Apache\n";
    assert.equal(bootReport(READY + late).state, "ready");
  });

  it("is read as the servers' own script writes it", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-report-"));
    const said = async (commands: string) => {
      const sourced = "role=services phase=boot; . components/cloud-init/scripts/common.sh";
      const script = `set -eu; ${sourced}; STATE=${folder}; LOG=${folder}/log; ${commands}`;
      const { stdout } = await run("bash", ["-c", script], { cwd: ROOT });
      const { state, step, reason } = bootReport(stdout);
      return [state, step, reason];
    };
    try {
      assert.deepEqual(await said('step "fetching the shop" true'), ["booting", "fetching the shop", ""]);
      assert.deepEqual(await said('step "a step" true; report ready'), ["ready", "a step", ""]);
      const failing = "trap 'report failed' EXIT; step \"a step\" true; (fail why) || true";
      assert.deepEqual(await said(failing), ["failed", "a step", "why"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is of the latest boot", () => {
    assert.equal(bootReport(`${FAILED}ecommerce: [0 s] installing the packet filter`).state, "booting");
  });
});

describe("new servers in a group that serves", () => {
  const member = (address: string, status: string) => ({ address, operating_status: status });
  const NEW = member("10.0.0.3", "ONLINE");

  /** Nova and Octavia in one; the last console and the last list of members are there for ever. */
  function cloud(consoles: readonly string[], members: readonly (readonly object[])[]) {
    let looks = 0;
    let asked = 0;
    const nth = <T>(list: readonly T[], index: number) => list[Math.min(index, list.length - 1)];
    const call = async (_: string, where: string) => {
      if (where.includes("/members")) return { members: nth(members, asked++) };
      const id = where.split("/")[2] ?? "";
      const addresses = { net: [{ addr: `10.0.0.${id.length}` }] };
      return { server: { name: `store-${id}`, status: "ACTIVE", addresses } };
    };
    return { call, post: async () => ({ output: nth(consoles, looks++) }) };
  }
  const told: string[] = [];
  const handover = (api: ReturnType<typeof cloud>, more: Partial<HandoverArgs> = {}) => {
    const args = { api: async () => api, standing: new Set(["other"]), seconds: 1, discovery: 0, pause: 0.02 };
    told.length = 0;
    return new Handover({ ...args, progress: (line) => told.push(line), ...more });
  };

  it("are none where all stood before, and then nobody is asked", async () => {
    await handover(cloud([FAILED], [[]])).complete(["other"], ["pool"]);
    assert.deepEqual(told, []);
  });

  it("come in when they say that they are ready, once asked however many wait", async () => {
    const one = handover(cloud([BOOTING, READY, FAILED], [[]]));
    await Promise.all([one.ready("new"), one.ready("new")]);
    await one.ready("new");
    assert.deepEqual(told, [
      "those that stand serve until new servers do: store-new: booting for 3 s, at: installing the base packages",
    ]);
  });

  it("have taken over when the balancer sends somebody there", async () => {
    const pools = [
      [member("10.0.0.3", "OFFLINE"), member("10.0.0.99", "ERROR")],
      [NEW, member("10.0.0.99", "ERROR")],
    ];
    await handover(cloud([READY], pools)).complete(["new", "other"], ["pool"]);
    assert.deepEqual(told, ["those that stand serve until new servers do: the balancer sends nobody to 10.0.0.3 yet"]);
  });

  it("end the up when one failed, or when they are late, and those that stand go on", async () => {
    const failed = /stand go on serving, since a new one failed to boot\n.*store-new: FAILED after 30 s/;
    await assert.rejects(handover(cloud([FAILED], [[]])).ready("new"), failed);
    await assert.rejects(
      handover(cloud([BOOTING], [[]]), { seconds: 0.1 }).ready("new"),
      /does not serve after 0\.1 s/,
    );
  });

  it("have time to be found by a balancer without pools", async () => {
    const begun = Date.now();
    await handover(cloud([READY], [[]]), { discovery: 0.2 }).complete(["new"], []);
    assert.ok(Date.now() - begun >= 200);
  });
});

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
    const { scope } = await nova({ web: READY, app: BOOTING });
    const told: string[] = [];
    await waitForStore({
      url,
      host: undefined,
      seconds: 10,
      servers: ["web", "app"],
      api: async () => cloudApi(scope),
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
    const { scope } = await nova({ web: READY, app: BOOTING, db: "", old: undefined });
    const servers = ["web", "app", "db", "old"];
    const waiting = waitForStore({
      url,
      host: undefined,
      seconds: 0.2,
      servers,
      api: async () => cloudApi(scope),
      pauses: quickly,
    });
    await assert.rejects(waiting, ({ message }: Error) => {
      assert.match(message, /did not answer 200 within 0.2 s; its last answer: HTTP 503/);
      assert.match(message, /store-web: ready after 41 s\n {2}store-app: booting for 3 s, at: installing the base/);
      assert.match(message, /look at: openstack console log show app/);
      assert.match(message, /store-db: nothing on its console yet/);
      assert.match(message, /old: Nova shows neither it nor its console \(HTTP 409\)/);
      return true;
    });
  });

  it("fails at once when a server says that it failed, and names its reason", async () => {
    const { url, requests } = await store(503);
    const { scope } = await nova({ web: READY, app: FAILED });
    const begun = Date.now();
    const servers = ["web", "app"];
    const waiting = waitForStore({ url, host: undefined, seconds: 60, servers, api: async () => cloudApi(scope) });
    await assert.rejects(
      waiting,
      /store-app failed to boot[\s\S]*store-app: FAILED after 30 s while fetching the release: the archive's SHA/,
    );
    assert.equal(requests.length, 1);
    assert.ok(Date.now() - begun < 5_000);
  });

  it("says what Nova says of a server that does not run", async () => {
    const { url } = await store(503);
    const { scope } = await nova({}, "SHUTOFF");
    const api = async () => cloudApi(scope);
    const waiting = waitForStore({ url, host: undefined, seconds: 0, servers: ["web"], api, pauses: quickly });
    await assert.rejects(waiting, /store-web: is SHUTOFF in Nova\n {4}look at: openstack server show web/);
  });

  it("points between servers and this machine where all of them are ready", async () => {
    const { scope } = await nova({ web: READY });
    const gone = await store(200);
    for (const one of open.splice(1)) one.close();
    const api = async () => cloudApi(scope);
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
    assert.deepEqual(await knock({ url: `https://127.0.0.1:${port}/`, host: "shop.example.com" }), {
      open: true,
      said: "HTTP 200",
    });
    assert.equal(sni, "shop.example.com");
  });

  it("does not take a redirect for a shop", async () => {
    const { url } = await store(302);
    assert.deepEqual(await knock({ url, host: undefined }), { open: false, said: "HTTP 302" });
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
