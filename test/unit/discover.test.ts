import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { discover } from "../../components/cloud/discover";
import { existingServers, idsOfGroup } from "../../components/cloud/existing-servers";
import { validate } from "../../components/config/validate";
import { type FakeEndpoint, fakeEndpoint } from "../support/fake-endpoint";
import { Recorder } from "../support/recorder";
import { SMALLEST } from "../support/stack-files";

const BASIC = ["compute", "image", "network", "volumev3"];

/** An empty project: every service's list, in one. */
const EMPTY = JSON.stringify({ servers: [], volumes: [], subnets: [], loadbalancers: [], flavors: [] });
let project: FakeEndpoint;
const catalog = (...types: string[]) => ({
  region: "here",
  tokenId: "t",
  serviceCatalogs: [...BASIC, ...types].flatMap((type) =>
    project.scope.serviceCatalogs.map(({ endpoints }) => ({ type, endpoints })),
  ),
});

/** An error as the engine's gRPC channel delivers it. */
const refusal = (details: string) => Object.assign(new Error(details), { details });

/** A cloud that has everything the smallest stack file names. */
async function cloud(answers: Recorder["answers"] = {}, preview = false) {
  const recorder = new Recorder();
  Object.assign(recorder.answers, {
    "openstack:identity/getAuthScope:getAuthScope": () => catalog("load-balancer", "object-store"),
    "openstack:networking/getNetwork:getNetwork": () => ({ id: "external-id", name: "public" }),
    "openstack:images/getImage:getImage": () => ({ id: "image-id" }),
    "openstack:compute/getFlavor:getFlavor": () => ({ vcpus: 2, ram: 4096, disk: 40 }),
    ...answers,
  });
  await pulumi.runtime.setMocks(recorder, "ecommerce", "dev", preview);
}

const found = (changes: Record<string, unknown> = {}) =>
  discover("ecommerce", "ecommerce-dev", validate("ecommerce", { ...SMALLEST, ...changes }));

describe("discovery of the cloud", () => {
  before(async () => {
    project = await fakeEndpoint("any", () => ({ body: EMPTY }));
  });
  after(() => project.close());

  it("turns names into ids before anything is registered", async () => {
    await cloud();
    const { machines, externalNetwork } = await found();
    assert.deepEqual(Object.keys(machines), ["web", "app", "database"]);
    assert.deepEqual(externalNetwork, { id: "external-id", name: "public" });
    const flavor = { name: "m1.small", vcpus: 2, ram: 4096, disk: 40 };
    assert.deepEqual(machines.database, { imageId: "image-id", flavor });
  });

  it("names everything that is missing in one error", async () => {
    await cloud({
      "openstack:identity/getAuthScope:getAuthScope": () => catalog("load-balancer"),
      "openstack:images/getImage:getImage": () => {
        throw refusal("Your query returned no results. Please change your search criteria");
      },
    });
    await assert.rejects(found(), (error) => {
      const text = String(error);
      for (const key of ["web.image", "app.image", "database.image", "cloud.objectStorage"]) {
        assert.ok(text.includes(`ecommerce:${key}: `), text);
      }
      return text.includes('"debian-12" is not there (see `openstack image list`)');
    });
  });

  it("warns in a preview of what ends within a month, and not during up", async () => {
    const until = new Date(Date.now() + 86_400_000 * 10.5).toISOString();
    const credentials = [{ id: "a", name: "media", description: "ecommerce-dev: for uploads", expires_at: until }];
    const { scope, close } = await fakeEndpoint("identity", ({ url = "" }) => ({
      body: JSON.stringify(
        url.includes("/auth/tokens") ? { token: { user: { id: "u" } } } : { application_credentials: credentials },
      ),
    }));
    const { serviceCatalogs } = catalog("load-balancer", "object-store");
    const answer = { ...scope, serviceCatalogs: [...serviceCatalogs, ...scope.serviceCatalogs] };
    const warnings: string[] = [];
    const { warn } = pulumi.log;
    Reflect.set(pulumi.log, "warn", (text: string) => warnings.push(text));
    try {
      for (const preview of [false, true]) {
        assert.deepEqual(warnings, []);
        await cloud({ "openstack:identity/getAuthScope:getAuthScope": () => answer }, preview);
        await found();
      }
    } finally {
      Reflect.set(pulumi.log, "warn", warn);
      close();
    }
    const [said, ...others] = warnings;
    assert.match(said ?? "", /^ecommerce:cloud: the store's application credential "media" ends on \S+, in 10 days: /);
    assert.deepEqual(others, []);
  });

  it("names the extensions that Neutron lacks before anything is made", async () => {
    const listed = ["router", "external-net", "security-group", "standard-attr-description"];
    const { scope, close } = await fakeEndpoint("network", () => ({
      body: JSON.stringify({ extensions: listed.map((alias) => ({ alias })), subnets: [], ports: [] }),
    }));
    const others = ["compute", "image", "volumev3", "load-balancer", "object-store"].map((type) => ({
      type,
      endpoints: [],
    }));
    const answer = { ...scope, serviceCatalogs: [...others, ...scope.serviceCatalogs] };
    await cloud({ "openstack:identity/getAuthScope:getAuthScope": () => answer });
    try {
      await assert.rejects(
        found(),
        /ecommerce:cloud: Neutron lacks the extension standard-attr-tag: no store is without it$/,
      );
    } finally {
      close();
    }
  });

  it("says that a service is in another region only", async () => {
    const elsewhere = () => ({ ...catalog("load-balancer", "object-store"), region: "north" });
    await cloud({ "openstack:identity/getAuthScope:getAuthScope": elsewhere });
    await assert.rejects(found(), (error) => {
      const text = String(error);
      for (const type of ["compute", "image", "network", "block-storage", "load-balancer", "object-store"]) {
        assert.ok(text.includes(`the cloud's ${type} service is not in region north, only in here: `), text);
      }
      return /nothing was created or changed/.test(text);
    });
  });

  it("refuses a flavor without a disk unless servers boot from a volume", async () => {
    await cloud({ "openstack:compute/getFlavor:getFlavor": () => ({ vcpus: 1, ram: 2048, disk: 0 }) });
    const rootDisk = { size: 10 };
    await assert.rejects(found(), /ecommerce:web\.flavor: "m1\.small" has no disk of its own: give `rootDisk/);
    const all = { web: { ...SMALLEST.web, rootDisk }, app: { ...SMALLEST.app, rootDisk } };
    await found({ ...all, database: { ...SMALLEST.database, rootDisk } });
  });

  it("refuses app servers that may open more connections than the database takes, with everything else that is wrong", async () => {
    const small = () => ({ vcpus: 1, ram: 2048, disk: 20 });
    await cloud({
      "openstack:compute/getFlavor:getFlavor": small,
      "openstack:images/getImage:getImage": () => {
        throw refusal("Your query returned no results");
      },
    });
    await assert.rejects(found({ app: { ...SMALLEST.app, count: 5 } }), (error) => {
      const text = String(error);
      assert.match(text, /ecommerce:app\.image: "debian-12" is not there/);
      assert.match(text, /nothing was created or changed/);
      return /ecommerce:database\.flavor: "m1\.small" takes 188 connections, but there may be 220: /.test(text);
    });
  });

  it("refuses an adopted subnet whose CIDR is not the configured one", async () => {
    await cloud({
      "openstack:networking/getSubnet:getSubnet": () => ({ id: "s", networkId: "n", cidr: "192.168.0.0/24" }),
    });
    const network = { web: { subnet: "mine" } };
    await assert.rejects(found({ network }), /network\.web\.subnet: "mine" has the CIDR 192\.168\.0\.0\/24/);
  });

  it("names the alternative where a cloud lacks what elastic groups need", async () => {
    await cloud();
    const web = { ...SMALLEST.web, scaling: { mode: "auto" } };
    await assert.rejects(found({ web }), (error) => {
      const text = String(error);
      assert.match(text, /ecommerce:web\.scaling\.mode: .* no orchestration service: .* set mode static/);
      assert.match(text, /ecommerce:telemetry\.driver: .* no alarming service: .* set heat-signal/);
      return /ecommerce:telemetry\.driver: .* no metric service: .* set heat-prometheus .* or set heat-signal/.test(
        text,
      );
    });
    const telemetry = { driver: "heat-prometheus", sampling: 100 };
    await assert.rejects(found({ web, telemetry }), (error) => {
      const text = String(error);
      assert.match(
        text,
        /ecommerce:telemetry\.driver: .* no alarming service: heat-prometheus needs Aodh; set heat-signal/,
      );
      return !text.includes("metric service");
    });
  });

  it("finds Keystone's and Swift's endpoints where uploads go to Swift, and says which is out of reach", async () => {
    const endpoint = (url: string) => [{ interface: "public", region: "here", url }];
    const scope = () => ({
      region: "here",
      projectId: "p",
      userId: "u",
      tokenId: "t",
      serviceCatalogs: [
        ...catalog("load-balancer").serviceCatalogs,
        { type: "identity", endpoints: endpoint("http://127.0.0.1:9/") },
        { type: "object-store", endpoints: endpoint("https://swift.example.com/v1/AUTH_p") },
      ],
    });
    await cloud({ "openstack:identity/getAuthScope:getAuthScope": scope });
    const changes = (services: string) => ({
      access: { services: [services] },
      shop: { media: { driver: "swift" } },
    });
    const { storage } = await found(changes("127.0.0.0/8"));
    assert.deepEqual(storage, {
      authUrl: "http://127.0.0.1:9/v3",
      storageUrl: "https://swift.example.com/v1/AUTH_p",
      projectId: "p",
      userId: "u",
    });
    const tls = { tls: { container: "c" } };
    const barbican = { "openstack:keymanager/getContainer:getContainer": () => ({ containerRef: "ref" }) };
    const plain = [
      ...catalog("load-balancer", "key-manager").serviceCatalogs,
      { type: "identity", endpoints: endpoint("http://127.0.0.1:9/") },
      { type: "object-store", endpoints: endpoint("http://swift.example.com/v1/AUTH_p") },
    ];
    await cloud({
      ...barbican,
      "openstack:identity/getAuthScope:getAuthScope": () => ({ ...scope(), serviceCatalogs: plain }),
    });
    await found({ shop: { publicStatic: true } });
    await assert.rejects(
      found({ shop: { publicStatic: true }, balancing: tls }),
      /shop\.publicStatic: browsers take nothing from http:\/\/swift\.example\.com\/v1\/AUTH_p, which is plain HTTP/,
    );
    await cloud({ "openstack:identity/getAuthScope:getAuthScope": scope });
    await assert.rejects(
      found(changes("198.51.100.0/24")),
      /access\.services: 198\.51\.100\.0\/24 does not hold the endpoint http:\/\/127\.0\.0\.1:9\/v3/,
    );
  });

  it("says how to sign in when the cloud does not let us", async () => {
    await cloud({
      "openstack:identity/getAuthScope:getAuthScope": () => {
        throw refusal("Authentication failed");
      },
    });
    await assert.rejects(found(), /cannot sign in to OpenStack: .*Authentication failed[\s\S]*OS_CLOUD/);
  });
});

describe("the store's existing servers", () => {
  it("are asked for by a pattern without alternatives, which Nova takes for text, and told apart by their names", async () => {
    const asked: string[] = [];
    const names = ["shop-dev-web-1", "shop-dev-web-2", "shop-dev-app-1", "shop-dev-db-1", "shop-dev-web-balancer-1"];
    const call = async (_: string, where: string) => {
      asked.push(decodeURIComponent(where));
      return { servers: names.map((name) => ({ id: `id-of-${name}`, name })) };
    };
    const found = await existingServers({ call }, "shop-dev");
    const idsOf = (group: string) => [...idsOfGroup(found, "shop-dev", group)];
    assert.deepEqual(asked, ["/servers/detail?name=^shop-dev-"]);
    assert.deepEqual(idsOf("web"), ["id-of-shop-dev-web-1", "id-of-shop-dev-web-2"]);
    assert.deepEqual(idsOf("app"), ["id-of-shop-dev-app-1"]);
    assert.deepEqual(idsOf("web-balancer"), ["id-of-shop-dev-web-balancer-1"]);
    assert.deepEqual(idsOf("app-balancer"), []);
  });
});
