import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { services } from "../../commands/doctor/checks/services";
import { CloudView } from "../../commands/doctor/cloud-view";
import { cloudApi } from "../../components/cloud/api";
import { connectionSettings, type Env } from "../../components/cloud/connection-settings";
import { type Session, sessionOf } from "../../components/cloud/session";
import { validate } from "../../components/config/validate";
import { type PrivateCa, privateCa } from "../support/private-ca";
import { SMALLEST } from "../support/stack-files";

const SERVERS = JSON.stringify({ servers: [] });

describe("the connection to the cloud", () => {
  let ca: PrivateCa;
  let folder: string;
  let nova: https.Server;
  let url: string;
  const open: net.Server[] = [];
  /** Names of the clients' certificates, one a request. */
  const clients: (string | undefined)[] = [];

  const listening = async (server: net.Server): Promise<number> => {
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const file = async (name: string, text: string) => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
    return path.join(folder, name);
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloud-connection-"));
    ca = await privateCa();
    nova = https.createServer(
      { ...ca.server, ca: ca.ca, requestCert: true, rejectUnauthorized: false },
      ({ socket }: IncomingMessage, response) => {
        clients.push((socket as TLSSocket).getPeerCertificate()?.subject?.CN?.toString());
        response.end(SERVERS);
      },
    );
    url = `https://127.0.0.1:${await listening(nova)}`;
    await file("ca.pem", ca.ca);
    await file("client.pem", ca.client.cert);
    await file("client.key", ca.client.key);
  });

  beforeEach(() => clients.splice(0));

  after(async () => {
    for (const server of open) server.close();
    nova.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  const session = async (configured: Record<string, string>, env: Env, at = url): Promise<Session> => {
    const endpoints = [{ interface: "public", region: "here", url: at }];
    const scope = { tokenId: "t", region: "here", serviceCatalogs: [{ type: "compute", endpoints }] };
    const settings = await connectionSettings((key) => configured[key], "here", env, folder);
    return sessionOf(scope, settings) as Session;
  };
  const ask = async (configured: Record<string, string>, env: Env, at = url) =>
    cloudApi(await session(configured, env, at)).call("compute", "/servers");
  const accepted = async (configured: Record<string, string>, env: Env, at = url) =>
    assert.deepEqual(await ask(configured, env, at), { servers: [] });

  it("refuses a private authority's certificate, and says where to name the authority", async () => {
    await assert.rejects(ask({}, {}), /GET https:\S+\/servers failed: [\s\S]*What to do: [\s\S]*OS_CACERT/);
  });

  it("trusts the authority that the configuration, the environment or clouds.yaml names, by path and as PEM", async () => {
    await accepted({ cacertFile: "ca.pem" }, {});
    await accepted({ cacertFile: ca.ca }, {});
    await accepted({}, { OS_CACERT: path.join(folder, "ca.pem") });
    const clouds = await file("own/clouds.yaml", "clouds: { mine: { cacert: ca.pem }, other: {} }");
    await accepted({ cloud: "mine" }, { OS_CLIENT_CONFIG_FILE: clouds });
    await accepted({}, { OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: "mine" });
    await assert.rejects(ask({}, { OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: "other" }), /failed/);
    await assert.rejects(ask({}, { OS_CACERT: path.join(folder, "none.pem") }), /ENOENT.*none\.pem/);
  });

  it("accepts any certificate where it is told to, and never where it is told not to", async () => {
    const clouds = await file("insecure/clouds.yaml", "clouds: { mine: { verify: false } }");
    const env = { OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: "mine" };
    for (const insecure of ["true", "1", "T"]) await accepted({ insecure }, {});
    await accepted({}, { OS_INSECURE: "True" });
    await accepted({}, env);
    await assert.rejects(ask({ insecure: "false" }, env), /failed/);
    await assert.rejects(ask({}, { OS_INSECURE: "no" }), /failed/);
  });

  it("shows the client's certificate", async () => {
    await accepted({ cert: "client.pem", key: "client.key" }, { OS_CACERT: ca.ca });
    await accepted({}, { OS_CACERT: ca.ca, OS_CERT: ca.client.cert, OS_KEY: ca.client.key });
    await accepted({}, { OS_CACERT: ca.ca });
    assert.deepEqual(clients, ["client", "client", undefined]);
  });

  it("puts clouds.yaml, secure.yaml, public clouds and a region's own values together, the nearest first", async () => {
    const place = path.join(folder, "together");
    await file(
      "together/clouds.yaml",
      "clouds: { mine: { profile: vendor, endpoint_type: internalURL, interface: public, regions: [{ name: r2, values: { interface: admin, endpoint_type: admin } }] } }",
    );
    await file("together/secure.yaml", "clouds: { mine: { key: '-----BEGIN k', cert: '-----BEGIN c' } }");
    await file("together/clouds-public.yml", "public-clouds: { vendor: { verify: false, interface: public } }");
    const read = (env: Env, region = "r1") => connectionSettings(() => undefined, region, env, place);
    const { interface: own, insecure, client } = await read({ OS_CLOUD: "mine" });
    assert.deepEqual([own, insecure, client], ["internal", true, { cert: "-----BEGIN c", key: "-----BEGIN k" }]);
    assert.equal((await read({ OS_CLOUD: "mine" }, "r2")).interface, "admin");
    assert.equal((await read({ OS_CLOUD: "mine", OS_ENDPOINT_TYPE: "public" })).interface, "public");
    assert.equal((await read({ OS_CLOUD: "no-such" })).interface, "public");
    assert.equal((await read({ OS_INTERFACE: "internal" })).interface, "internal");
  });

  describe("by a proxy", () => {
    const asked: string[] = [];
    let proxy: string;

    before(async () => {
      const server = http.createServer((request, response) => {
        asked.push(`${request.method} ${request.url}`);
        response.end(SERVERS);
      });
      server.on("connect", (request, socket) => {
        asked.push(`CONNECT ${request.url}`);
        const { port } = new URL(url);
        const there = net.connect(Number(port), "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
          there.pipe(socket).pipe(there);
        });
        for (const one of [there, socket]) one.on("error", () => undefined);
      });
      proxy = `http://127.0.0.1:${await listening(server)}`;
    });

    beforeEach(() => asked.splice(0));

    it("goes to HTTPS through a tunnel, whose end is still the cloud, and asks the proxy itself for plain HTTP", async () => {
      const env = { HTTPS_PROXY: proxy, HTTP_PROXY: proxy.slice("http://".length), OS_CACERT: ca.ca };
      await accepted({}, env, "https://cloud.example:8774");
      await accepted({}, env, "http://cloud.example:8774");
      assert.deepEqual(asked, ["CONNECT cloud.example:8774", "GET http://cloud.example:8774/servers"]);
      await assert.rejects(ask({}, { HTTPS_PROXY: proxy }, "https://cloud.example:8774"), /failed/);
      await assert.rejects(ask({}, env, "https://wrong.example:8774"), /failed: .*wrong\.example/);
    });

    it("takes no proxy for this machine and what NO_PROXY names: names, their parts, networks", async () => {
      const env = (NO_PROXY: string) => ({ HTTPS_PROXY: proxy, NO_PROXY, OS_CACERT: ca.ca });
      await accepted({}, env(""));
      assert.deepEqual(asked, []);
      for (const no of ["cloud.invalid", "other, .invalid", "invalid", "*"]) {
        await assert.rejects(ask({}, env(no), "https://cloud.invalid:8774"), /failed: .*cloud\.invalid/);
      }
      assert.deepEqual(asked, []);
      // Another address of this machine, which no certificate is for.
      const { port } = new URL(url);
      const other = (no: string) => accepted({ insecure: "true" }, env(no), `https://0.0.0.0:${port}`);
      await other("198.51.100.0/24,0.0.0.0/8");
      assert.deepEqual(asked, []);
      await other("198.51.100.0/24,1.0.0.0/8");
      assert.deepEqual(asked, [`CONNECT 0.0.0.0:${port}`]);
    });

    it("never takes HTTP_PROXY for HTTPS, as Go's programs do", async () => {
      await assert.rejects(ask({}, { HTTP_PROXY: proxy }, "https://cloud.invalid:8774"), /failed/);
      assert.deepEqual(asked, []);
    });
  });

  it("is the doctor's too", async () => {
    const config = validate("ecommerce", SMALLEST);
    const view = new CloudView(await session({}, { OS_CACERT: ca.ca }));
    const found = await services(view, config);
    assert.deepEqual(
      found.filter(({ state }) => state === "fine").map(({ text }) => text),
      ["Nova is there"],
    );
    await assert.rejects(new CloudView(await session({}, {})).flavors(), /What to do: .*OS_CACERT/s);
  });
});
