import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../components/cloud/discover";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { Recorder, record, settled } from "../support/recorder";
import { CLOUD, SMALLEST, STORAGE } from "../support/stack-files";

async function build(changes: Record<string, unknown> = {}, cloud: Partial<Cloud> = {}, recorder = new Recorder()) {
  const config = validate("ecommerce", { ...SMALLEST, ...changes });
  const make = () =>
    new Storefront("store", { config, cloud: { ...CLOUD, ...cloud }, naming: new Naming("ecommerce", "dev") });
  return record(make, recorder);
}

describe("the static store", () => {
  it("has five servers, two balancers, one volume and three networks by default", async () => {
    const { recorder } = await build();
    const count = (type: string) => recorder.of(type).length;
    assert.equal(count("compute/instance:Instance"), 5);
    assert.equal(count("loadbalancer/loadBalancer:LoadBalancer"), 2);
    assert.equal(count("blockstorage/volume:Volume"), 1);
    assert.equal(count("networking/network:Network"), 3);
    assert.equal(count("networking/router:Router"), 2);
    assert.equal(count("networking/floatingIp:FloatingIp"), 1);
    assert.equal(count("objectstorage/container:Container"), 2);
  });

  it("is the same where it waits for new servers, of which there are none before the others", async () => {
    const { recorder } = await build({ boot: { mode: "image", handover: 60 } });
    assert.equal(recorder.of("compute/instance:Instance").length, 5);
  });

  it("names servers <project>-<stack>-<tier>-<n>, counting from 1", async () => {
    const { recorder } = await build({ web: { ...SMALLEST.web, count: 3 } });
    const names = recorder.of("compute/instance:Instance").map(({ inputs }) => inputs.name);
    assert.deepEqual(
      names.sort(),
      ["app-1", "app-2", "db-1", "web-1", "web-2", "web-3"].map((name) => `ecommerce-dev-${name}`),
    );
  });

  it("puts every server on a port of its own, which alone carries the security group", async () => {
    const { recorder } = await build();
    for (const { name, inputs } of recorder.of("compute/instance:Instance")) {
      assert.deepEqual(inputs.networks, [{ port: `id-of-${name}` }]);
      assert.equal(inputs.securityGroups, undefined);
      assert.equal(inputs.imageName, undefined);
    }
    assert.deepEqual(recorder.one("networking/port:Port", "store-web-1").securityGroupIds, ["id-of-store-web"]);
  });

  it("gives web no leg on the data router, and db none on the edge router", async () => {
    const { recorder } = await build();
    const legs = recorder.of("networking/routerInterface:RouterInterface").map(({ inputs }) => inputs);
    const of = (router: string) =>
      legs.filter((leg) => leg.routerId === `id-of-${router}`).map((leg) => leg.subnetId ?? leg.portId);
    assert.deepEqual(of("store-edge").sort(), ["id-of-store-app", "id-of-store-web"]);
    assert.deepEqual(of("store-data").sort(), ["id-of-store-data-app", "id-of-store-db"]);
  });

  it("leads app servers to the database by a subnet route through the data router's leg", async () => {
    const { recorder } = await build();
    const route = recorder.one("networking/subnetRoute:SubnetRoute", "store-app-to-db");
    assert.deepEqual([route.destinationCidr, route.nextHop], ["10.20.2.0/24", "10.20.1.2"]);
    const leg = recorder.one("networking/port:Port", "store-data-app");
    assert.deepEqual(leg.fixedIps, [{ subnetId: "id-of-store-app", ipAddress: "10.20.1.2" }]);
  });

  it("gives the data router a gateway only when the database may reach out", async () => {
    const closed = await build();
    assert.equal(closed.recorder.one("networking/router:Router", "store-data").externalNetworkId, undefined);
    const open = await build({ database: { ...SMALLEST.database, egress: true } });
    assert.equal(open.recorder.one("networking/router:Router", "store-data").externalNetworkId, "external-id");
  });

  it("enforces who may reach a balancer on its listener, never by groups on the VIP", async () => {
    const { recorder } = await build({ access: { shoppers: ["198.51.100.0/24"] } });
    const allowed = (name: string) => recorder.one("loadbalancer/listener:Listener", name).allowedCidrs;
    assert.deepEqual(allowed("store-web"), ["198.51.100.0/24"]);
    assert.deepEqual(allowed("store-app"), ["10.20.0.0/24"]);
    // Whether shoppers came by HTTPS only the public one knows.
    const inserted = (name: string) => recorder.one("loadbalancer/listener:Listener", name).insertHeaders;
    assert.deepEqual(inserted("store-web"), { "X-Forwarded-For": "true", "X-Forwarded-Proto": "true" });
    assert.deepEqual(inserted("store-app"), { "X-Forwarded-For": "true" });
    for (const { inputs } of recorder.of("loadbalancer/loadBalancer:LoadBalancer")) {
      assert.equal(inputs.securityGroupIds, undefined);
    }
  });

  it("passes algorithm, persistence and monitor of each pool through", async () => {
    const { recorder } = await build({
      balancing: {
        web: { algorithm: "LEAST_CONNECTIONS", persistence: { type: "APP_COOKIE", cookie: "OCSESSID" } },
        app: { monitor: { path: "/ready", delay: 5, timeout: 2, retries: 4 } },
      },
    });
    const pool = recorder.one("loadbalancer/pool:Pool", "store-web");
    assert.equal(pool.lbMethod, "LEAST_CONNECTIONS");
    assert.deepEqual(pool.persistence, { type: "APP_COOKIE", cookieName: "OCSESSID" });
    assert.equal(recorder.one("loadbalancer/pool:Pool", "store-app").persistence, undefined);
    const monitor = recorder.one("loadbalancer/monitor:Monitor", "store-app");
    assert.deepEqual(
      [monitor.type, monitor.urlPath, monitor.delay, monitor.timeout, monitor.maxRetries],
      ["HTTP", "/ready", 5, 2, 4],
    );
  });

  it("makes members of exactly the group's addresses", async () => {
    const { recorder } = await build();
    const members = recorder.of("loadbalancer/member:Member").filter(({ name }) => name.startsWith("store-app"));
    assert.deepEqual(
      members.map(({ inputs }) => [inputs.address, inputs.protocolPort, inputs.subnetId, inputs.poolId]),
      [1, 2].map((number) => [`address-of-store-app-${number}`, 80, "id-of-store-app", "id-of-store-app"]),
    );
  });

  it("spreads a group over the zones in turn", async () => {
    const cloud = { ...SMALLEST.cloud, computeZones: ["a", "b"], volumeZones: ["v"] };
    const { recorder } = await build({ cloud, web: { ...SMALLEST.web, count: 3 } });
    const zone = (name: string) => recorder.one("compute/instance:Instance", name).availabilityZone;
    assert.deepEqual(["store-web-1", "store-web-2", "store-web-3"].map(zone), ["a", "b", "a"]);
    assert.equal(recorder.one("blockstorage/volume:Volume", "store-db").availabilityZone, "v");
  });

  it("boots from a volume where a root disk is configured", async () => {
    const { recorder } = await build({ web: { ...SMALLEST.web, rootDisk: { size: 12, type: "fast" } } });
    const server = recorder.one("compute/instance:Instance", "store-web-1");
    assert.equal(server.imageId, undefined);
    assert.deepEqual(server.blockDevices, [
      {
        uuid: "image-id",
        sourceType: "image",
        destinationType: "volume",
        bootIndex: 0,
        volumeSize: 12,
        deleteOnTermination: true,
        volumeType: "fast",
      },
    ]);
  });

  it("adopts a floating IP without making one", async () => {
    const { recorder } = await build({ cloud: { ...SMALLEST.cloud, floatingIp: "203.0.113.50" } });
    assert.equal(recorder.of("networking/floatingIp:FloatingIp").length, 0);
    const association = recorder.one("networking/floatingIpAssociate:FloatingIpAssociate", "store");
    assert.equal(association.floatingIp, "203.0.113.50");
  });

  it("adopts a router: it gets interfaces, and no second edge router is made", async () => {
    const { recorder } = await build({ cloud: { ...SMALLEST.cloud, router: "mine" } }, { routerId: "my-router" });
    assert.deepEqual(
      recorder.of("networking/router:Router").map(({ name }) => name),
      ["store-data"],
    );
    const leg = recorder.one("networking/routerInterface:RouterInterface", "store-edge-web");
    assert.equal(leg.routerId, "my-router");
  });

  it("leaves adopted subnets and their routing alone", async () => {
    const mine = (tier: string) => ({ networkId: `my-${tier}-net`, subnetId: `my-${tier}` });
    const adopted = { web: mine("web"), app: mine("app"), db: mine("db") };
    const { recorder } = await build({}, { adoptedSubnets: adopted });
    for (const type of ["network:Network", "subnet:Subnet", "router:Router", "routerInterface:RouterInterface"]) {
      assert.equal(recorder.of(`networking/${type}`).length, 0, type);
    }
    assert.equal(recorder.of("networking/subnetRoute:SubnetRoute").length, 0);
    assert.equal(recorder.one("networking/port:Port", "store-web-1").networkId, "my-web-net");
  });

  it("makes no containers on a cloud without Swift", async () => {
    const { recorder } = await build({ cloud: { ...SMALLEST.cloud, objectStorage: false } });
    assert.equal(recorder.of("objectstorage/container:Container").length, 0);
  });

  describe("with uploads in Swift", () => {
    const changes = { access: { services: ["192.0.2.0/24"] }, shop: { media: { driver: "swift" } } };
    const storage = STORAGE;

    it("has a third container, which the credential's user may use and nobody else", async () => {
      const { recorder, built } = await build(changes, { storage });
      const media = recorder.one("objectstorage/container:Container", "store-media");
      assert.deepEqual([media.name, media.containerRead, media.containerWrite], ["ecommerce-dev-media", "p:u", "p:u"]);
      for (const other of ["store-static", "store-backups"]) {
        assert.equal(recorder.one("objectstorage/container:Container", other).containerRead, undefined);
      }
      assert.equal((await settled(pulumi.output(built.outputs.containers)))?.media, "ecommerce-dev-media");
    });

    it("gives app servers, and only them, a credential that may do nothing but keep objects there", async () => {
      const { recorder } = await build(changes, { storage });
      const { roles, accessRules, unrestricted } = recorder.one(
        "identity/applicationCredential:ApplicationCredential",
        "store-media",
      );
      const path = "/v1/AUTH_p/ecommerce-dev-media";
      assert.deepEqual([roles, unrestricted], [["reader"], undefined]);
      assert.deepEqual(accessRules, [
        { service: "object-store", method: "GET", path },
        ...["GET", "HEAD", "PUT", "DELETE"].map((method) => ({
          service: "object-store",
          method,
          path: `${path}/*/**`,
        })),
      ]);
      for (const { name, inputs } of recorder.of("compute/instance:Instance")) {
        assert.equal(JSON.stringify(inputs.userData).includes("id-of-store-media"), name.startsWith("store-app"), name);
      }
    });

    it("opens the endpoints' ports", async () => {
      const { recorder } = await build(changes, { storage });
      const ports = recorder
        .of("networking/secGroupRule:SecGroupRule")
        .filter(({ inputs }) => inputs.remoteIpPrefix === "192.0.2.0/24")
        .map(({ inputs }) => inputs.portRangeMin);
      assert.deepEqual(ports, [5000, 443]);
    });

    it("leaves access rules out where the cloud has none, and takes the role that is named", async () => {
      const media = { driver: "swift", accessRules: false, role: "member" };
      const { recorder } = await build({ ...changes, shop: { media } }, { storage });
      const made = recorder.one("identity/applicationCredential:ApplicationCredential", "store-media");
      assert.deepEqual([made.roles, made.accessRules], [["member"], undefined]);
    });
  });

  it("lets everybody read static content where the stack file says so, but list nothing, and sends web servers' /static/ there", async () => {
    const web = (recorder: Recorder) =>
      String(recorder.one("compute/instance:Instance", "store-web-1").userData).match(/Redirect \/static\/ \S+/)?.[0];
    const read = (recorder: Recorder, name: string) =>
      recorder.one("objectstorage/container:Container", name).containerRead;
    const open = await build({ shop: { publicStatic: true } }, { storage: STORAGE });
    const url = "https://swift.example.com/v1/AUTH_p/ecommerce-dev-static/";
    assert.equal(web(open.recorder), `Redirect /static/ ${url}`);
    assert.equal(await settled(pulumi.output(open.built.outputs.staticUrl)), url);
    assert.deepEqual([read(open.recorder, "store-static"), read(open.recorder, "store-backups")], [".r:*", undefined]);
    // The endpoints are the browsers' business: no server reaches them.
    const rules = open.recorder.of("networking/secGroupRule:SecGroupRule");
    assert.ok(rules.every(({ inputs }) => inputs.portRangeMin !== 5000));
    const closed = await build({}, { storage: STORAGE });
    assert.equal(web(closed.recorder), undefined);
    assert.equal(read(closed.recorder, "store-static"), undefined);
  });

  it("fails, naming the server, when Nova calls one ERROR", async () => {
    const recorder = new Recorder();
    recorder.answers["openstack:compute/getInstanceV2:getInstanceV2"] = ({ id }) => ({
      powerState: id === "id-of-store-web-2" ? "error" : "active",
    });
    recorder.answers["openstack:identity/getAuthScope:getAuthScope"] = () => ({ serviceCatalogs: [], region: "" });
    const { built } = await build({}, {}, recorder);
    await assert.rejects(
      settled(built.outputs.serverIds),
      /server ecommerce-dev-web-2 \(id-of-store-web-2\) is in ERROR/,
    );
  });
});
