import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { webRole } from "../../components/cloud-init/roles/web";
import { ConfigError, validate } from "../../components/config/validate";
import type { Certificate } from "../../components/core/certificate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { record, settled } from "../support/recorder";
import { DOOR, FLAVOR } from "../support/role-args";
import { CLOUD, SMALLEST } from "../support/stack-files";

const OVN = { provider: "ovn" };
const CERTIFICATE: Certificate = { chain: "the chain\n", privateKey: "the private key of the shop\n" };

const configured = (balancing: object, others: object = {}) =>
  validate("ecommerce", { ...SMALLEST, ...others, balancing });

/** Mistakes as `key: problem`. */
function mistakes(balancing: object): string[] {
  try {
    configured(balancing);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.mistakes.map(({ key, problem }) => `${key}: ${problem}`);
  }
}

const build = (balancing: object, others: object = {}) => {
  const config = configured(balancing, others);
  const withTls = config.balancing.tls !== undefined;
  const tlsContainerRef = withTls ? "https://barbican/v1/containers/1" : undefined;
  return record(() => {
    const cloud = { ...CLOUD, tlsContainerRef, certificate: withTls ? pulumi.secret(CERTIFICATE) : undefined };
    return new Storefront("store", { config, cloud, naming: new Naming("ecommerce", "dev") });
  });
};

describe("a stack file with provider ovn", () => {
  it("needs to say nothing else, and gets what OVN can do", () => {
    const { web, app } = configured(OVN).balancing;
    assert.equal(web.algorithm, "SOURCE_IP_PORT");
    assert.equal(app.algorithm, "SOURCE_IP_PORT");
    assert.deepEqual(mistakes({ ...OVN, web: { algorithm: "SOURCE_IP_PORT", persistence: { type: "none" } } }), []);
    assert.equal(configured({ provider: "amphora" }).balancing.web.algorithm, "ROUND_ROBIN");
  });

  it("is refused what only requests have, each key with the alternative", () => {
    const found = mistakes({
      ...OVN,
      flavor: "00000000-0000-4000-8000-000000000000",
      zone: "az1",
      web: { algorithm: "ROUND_ROBIN", persistence: { type: "HTTP_COOKIE" }, monitor: { path: "/ready" } },
      app: { persistence: { type: "SOURCE_IP" } },
    });
    const keys = found.map((text) => text.split(":")[0]);
    assert.deepEqual(keys.sort(), [
      "balancing.app.persistence.type",
      "balancing.flavor",
      "balancing.web.algorithm",
      "balancing.web.monitor.path",
      "balancing.web.persistence.type",
      "balancing.zone",
    ]);
    for (const text of found) assert.match(text, /provider ovn.*or choose another provider, such as amphora/);
  });

  it("has an algorithm that no other provider has", () => {
    const [found = "", ...others] = mistakes({ app: { algorithm: "SOURCE_IP_PORT" } });
    assert.deepEqual(others, []);
    assert.match(found, /^balancing\.app\.algorithm: must be ROUND_ROBIN.*only balancing\.provider ovn/);
  });

  it("lists the keys of its section where one is unknown", () => {
    assert.deepEqual(mistakes({ ...OVN, flavour: "x" }), [
      "balancing.flavour: must be one of driver, servers, slots, provider, flavor, zone, tls, web, app",
    ]);
  });
});

describe("a store behind provider ovn", function () {
  this.timeout("10s");

  it("has TCP listeners, pools by SOURCE_IP_PORT and TCP monitors, and nothing that OVN refuses", async () => {
    const { recorder } = await build(OVN);
    for (const name of ["store-web", "store-app"]) {
      assert.equal(recorder.one("loadbalancer/loadBalancer:LoadBalancer", name).loadbalancerProvider, "ovn");
      const listener = recorder.one("loadbalancer/listener:Listener", name);
      assert.deepEqual([listener.protocol, listener.protocolPort], ["TCP", 80]);
      assert.deepEqual([listener.allowedCidrs, listener.insertHeaders], [undefined, undefined]);
      const pool = recorder.one("loadbalancer/pool:Pool", name);
      assert.deepEqual([pool.protocol, pool.lbMethod, pool.persistence], ["TCP", "SOURCE_IP_PORT", undefined]);
      const monitor = recorder.one("loadbalancer/monitor:Monitor", name);
      assert.deepEqual([monitor.type, monitor.urlPath, monitor.delay, monitor.timeout], ["TCP", undefined, 10, 3]);
    }
    assert.equal(recorder.of("loadbalancer/listener:Listener").length, 2);
  });

  it("admits shoppers to the web servers themselves, and web servers to the app servers", async () => {
    const { recorder } = await build(OVN, { access: { shoppers: ["198.51.100.0/24"] } });
    const ingress = recorder
      .of("networking/secGroupRule:SecGroupRule")
      .filter(({ inputs }) => inputs.direction === "ingress")
      .map(({ inputs }) => `${inputs.securityGroupId} ${inputs.portRangeMin} ${inputs.remoteIpPrefix}`);
    assert.deepEqual(ingress, [
      "id-of-store-web 80 198.51.100.0/24",
      "id-of-store-web 80 10.20.0.0/24",
      "id-of-store-app 80 10.20.0.0/24",
      "id-of-store-app 80 10.20.1.0/24",
      "id-of-store-db 3306 10.20.1.0/24",
    ]);
  });

  it("passes HTTPS on to the web servers by a pool of its own, and opens the port to shoppers", async () => {
    const { recorder, built } = await build({ ...OVN, tls: { container: "shop" } });
    const listener = recorder.one("loadbalancer/listener:Listener", "store-web-https");
    assert.deepEqual([listener.protocol, listener.protocolPort], ["TCP", 443]);
    assert.equal(listener.defaultTlsContainerRef, undefined);
    assert.equal(listener.defaultPoolId, "id-of-store-web-https");
    const members = recorder
      .of("loadbalancer/member:Member")
      .map(({ name, inputs }) => `${name} ${inputs.protocolPort}`);
    assert.deepEqual(members.sort(), [
      "store-app-1 80",
      "store-app-2 80",
      "store-web-1 80",
      "store-web-1-https 443",
      "store-web-2 80",
      "store-web-2-https 443",
    ]);
    const open = recorder
      .of("networking/secGroupRule:SecGroupRule")
      .filter(({ inputs }) => inputs.portRangeMin === 443);
    assert.deepEqual(open.map(({ inputs }) => inputs.remoteIpPrefix).sort(), ["0.0.0.0/0", "10.20.0.0/24"]);
    assert.match(await settled(built.outputs.storefrontUrl), /^https:/);
  });

  it("hands the private key to the web servers alone, as a secret", async () => {
    const { recorder } = await build({ ...OVN, tls: { container: "shop" } });
    const holders = recorder
      .of("compute/instance:Instance")
      .filter(({ inputs }) => JSON.stringify(inputs.userData).includes(CERTIFICATE.privateKey.trim()));
    assert.deepEqual(holders.map(({ name }) => name).sort(), ["store-web-1", "store-web-2"]);
  });

  it("puts every member of an elastic group into both pools", async () => {
    const web = { ...SMALLEST.web, scaling: { mode: "auto" } };
    const { recorder } = await build({ ...OVN, tls: { container: "shop" } }, { web });
    const { parameters, templateOpts } = recorder.one("orchestration/stackV1:StackV1", "store-web");
    assert.equal(Object(parameters).pool, "id-of-store-web");
    assert.equal(Object(parameters).https_pool, "id-of-store-web-https");
    const { resource } = JSON.parse(Object(templateOpts).Bin).resources.group.properties;
    assert.equal(resource.type, "Ecommerce::InTurn");
    assert.deepEqual([resource.properties.pool_port, resource.properties.https_pool_port], [80, 443]);
  });
});

describe("web servers that shoppers reach directly", () => {
  const site = (certificate: Certificate | undefined, hsts?: number) => {
    const { bootFiles } = webRole({
      flavor: FLAVOR,
      appVip: "10.20.1.10",
      hsts,
      staticUrl: undefined,
      cache: 0,
      ...DOOR,
      clients: { come: "directly", certificate },
    });
    return { text: bootFiles.map(({ content }) => content).join("\n"), bootFiles };
  };

  it("take nobody's word on who the client is, and pass none on", () => {
    const { text } = site(undefined);
    assert.doesNotMatch(text, /RemoteIP/);
    assert.match(text, /RequestHeader unset X-Forwarded-For/);
    assert.match(text, /RequestHeader set X-Forwarded-Proto http$/m);
    assert.doesNotMatch(text, /https:|SSLEngine|:443/);
  });

  it("end TLS, send plain HTTP there except checks, and speak of HSTS only when told to", () => {
    const { text, bootFiles } = site(CERTIFICATE);
    const [plain = "", secure = ""] = text.split("<VirtualHost *:443>");
    assert.match(plain, /RewriteCond %\{REQUEST_URI\} !=\/healthz\n {2}RewriteRule \^ https:\/\//);
    assert.doesNotMatch(plain, /ProxyPass/);
    assert.match(secure, /RequestHeader set X-Forwarded-Proto https$/m);
    assert.match(secure, /SSLProtocol -all \+TLSv1\.2 \+TLSv1\.3/);
    assert.doesNotMatch(text, /Strict-Transport-Security/);
    assert.match(site(CERTIFICATE, 300).text, /Strict-Transport-Security "max-age=300"$/m);
    const key = bootFiles.find(({ content }) => content === CERTIFICATE.privateKey);
    assert.equal(key?.mode, "0400");
  });
});
