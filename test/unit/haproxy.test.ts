import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { Cloud } from "../../components/cloud/discover";
import { type HaproxyArgs, haproxyConf, initialState } from "../../components/cloud-init/roles/haproxy";
import { poolSchema } from "../../components/config/balancing-schema";
import { ConfigError, validate } from "../../components/config/validate";
import { addressPlan, poolAddresses, serverCapacity } from "../../components/core/address-plan";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { record, settled } from "../support/recorder";
import { FLAVOR } from "../support/role-args";
import { CLOUD, SMALLEST } from "../support/stack-files";

const HAPROXY = { driver: "haproxy", servers: { image: "debian-12", flavor: "m1.small" } };
const CERTIFICATE = { chain: "the chain of the shop\n", privateKey: "the private key of the shop\n" };

function mistakes(balancing: object, others: object = {}): string[] {
  try {
    validate("ecommerce", { ...SMALLEST, ...others, balancing });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.mistakes.map(({ key, problem }) => `${key} ${problem}`);
  }
}
const keys = (...args: Parameters<typeof mistakes>) => mistakes(...args).map((text) => text.split(" ")[0]);

const build = (balancing: object = {}, others: object = {}) => {
  const config = validate("ecommerce", { ...SMALLEST, ...others, balancing: { ...HAPROXY, ...balancing } });
  return record(() => {
    const cloud: Cloud = {
      ...CLOUD,
      machines: { ...CLOUD.machines, "balancing.servers": { imageId: "balancer-image", flavor: FLAVOR } },
      ...(config.balancing.tls ? { tlsContainerRef: "ref", certificate: pulumi.secret(CERTIFICATE) } : {}),
    };
    return new Storefront("store", { config, cloud, naming: new Naming("ecommerce", "dev") });
  });
};

describe("a stack file with driver haproxy", () => {
  it("needs servers, and nothing of Octavia's", () => {
    assert.deepEqual(mistakes(HAPROXY), []);
    assert.deepEqual(keys({ driver: "haproxy" }), ["balancing.servers"]);
    const octavias = { provider: "ovn", flavor: "00000000-0000-4000-8000-000000000000", zone: "az1" };
    assert.deepEqual(keys({ ...HAPROXY, ...octavias }).sort(), [
      "balancing.flavor",
      "balancing.provider",
      "balancing.zone",
    ]);
    assert.deepEqual(keys({ servers: HAPROXY.servers, slots: 40 }).sort(), ["balancing.servers", "balancing.slots"]);
    assert.deepEqual(keys({ ...HAPROXY, web: { algorithm: "SOURCE_IP_PORT" } }), ["balancing.web.algorithm"]);
  });

  it("is refused where nobody lays out the subnet, or tells who is dead, with the alternative", () => {
    const network = { app: { subnet: "mine" }, db: { subnet: "mine" } };
    const [subnet = ""] = mistakes(HAPROXY, { network });
    assert.match(subnet, /^network\.app\.subnet must go with balancing\.driver haproxy.*or choose octavia/);
    const web = { ...SMALLEST.web, scaling: { mode: "auto", heal: true } };
    assert.match(mistakes(HAPROXY, { web })[0] ?? "", /^web\.scaling\.heal must be false.*only Octavia/);
  });

  it("has room for as many servers as there are slots, less those that come and go", () => {
    const web = (count: number) => ({ web: { ...SMALLEST.web, count } });
    assert.deepEqual(keys(HAPROXY, web(26)), []);
    assert.match(
      mistakes(HAPROXY, web(27))[0] ?? "",
      /^web\.count must be smaller: balancing\.slots 32 have room for 26/,
    );
    assert.deepEqual(keys({ ...HAPROXY, slots: 60 }, web(27)), []);
    const auto = { web: { ...SMALLEST.web, scaling: { mode: "auto", max: 30 } } };
    assert.deepEqual(keys(HAPROXY, auto), ["web.scaling.max"]);
  });
});

describe("the addresses of a tier that HAProxy balances", () => {
  it("are the pool's, all of them and no others, and never the two servers' own", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 27 }), fc.integer({ min: 8, max: 128 }), (prefix, slots) => {
        const cidr = `10.20.0.0/${prefix}`;
        const { pool, sharers, fixedIp } = addressPlan(cidr, undefined, slots);
        const addresses = poolAddresses(cidr, slots);
        assert.deepEqual([addresses[0], addresses.at(-1)], [pool.start, pool.end]);
        assert.ok(addresses.length <= slots && serverCapacity(cidr, slots) < addresses.length);
        for (const own of [...sharers, fixedIp]) assert.ok(!addresses.includes(own));
      }),
    );
  });

  it("leave the shared address to whom the user gives it", () => {
    assert.deepEqual(addressPlan("10.20.0.0/24").sharers, ["10.20.0.11", "10.20.0.12"]);
    assert.deepEqual(addressPlan("10.20.0.0/24", "10.20.0.11").sharers, ["10.20.0.12", "10.20.0.13"]);
  });
});

describe("a store that HAProxy balances", function () {
  this.timeout("10s");

  it("has two servers for each balancer, nothing of Octavia's, and a port that reserves the shared address", async () => {
    const { recorder, built } = await build();
    const servers = recorder.of("compute/instance:Instance").filter(({ name }) => name.includes("balancer"));
    assert.deepEqual(servers.map(({ inputs }) => inputs.name).sort(), [
      "ecommerce-dev-app-balancer-1",
      "ecommerce-dev-app-balancer-2",
      "ecommerce-dev-web-balancer-1",
      "ecommerce-dev-web-balancer-2",
    ]);
    assert.deepEqual(
      recorder.registrations.filter(({ type }) => type.startsWith("openstack:loadbalancer/")),
      [],
    );
    const port = (name: string) => recorder.one("networking/port:Port", name);
    assert.deepEqual(port("store-web-balancer-vip").fixedIps, [
      { subnetId: "id-of-store-web", ipAddress: "10.20.0.10" },
    ]);
    assert.deepEqual(port("store-web-balancer-2").fixedIps, [{ subnetId: "id-of-store-web", ipAddress: "10.20.0.12" }]);
    assert.deepEqual(port("store-web-balancer-2").allowedAddressPairs, [{ ipAddress: "10.20.0.10" }]);
    assert.equal(port("store-web-1").allowedAddressPairs, undefined);
    const association = recorder.one("networking/floatingIpAssociate:FloatingIpAssociate", "store");
    assert.equal(association.portId, "id-of-store-web-balancer-vip");
    assert.deepEqual(await settled(built.outputs.loadBalancerIds), { web: undefined, app: undefined });
    const { web: ids } = await settled(built.outputs.balancerServerIds);
    assert.deepEqual(ids, ["id-of-store-web-balancer-1", "id-of-store-web-balancer-2"]);
  });

  it("hands out the addresses that HAProxy looks at, and no others", async () => {
    const { recorder } = await build();
    const pools = (tier: string) => recorder.one("networking/subnet:Subnet", `store-${tier}`).allocationPools;
    assert.deepEqual(pools("web"), [{ start: "10.20.0.16", end: "10.20.0.47" }]);
    assert.deepEqual(pools("db"), [{ start: "10.20.2.16", end: "10.20.2.254" }]);
    const userData = JSON.stringify(recorder.one("compute/instance:Instance", "store-web-balancer-1").userData);
    assert.match(userData, /server s1 10\.20\.0\.16:80 /);
    assert.match(userData, /server s32 10\.20\.0\.47:80 /);
    assert.doesNotMatch(userData, /10\.20\.0\.48/);
  });

  it("gives the balancers the same user data whatever the number of servers behind them", async () => {
    const data = async (count: number) => {
      const { recorder } = await build({}, { web: { ...SMALLEST.web, count } });
      return recorder.one("compute/instance:Instance", "store-web-balancer-1").userData;
    };
    assert.deepEqual(await data(2), await data(9));
  });

  it("lets shoppers to the balancers alone, and the two of them to each other", async () => {
    const tls = { container: "shop" };
    const { recorder } = await build({ tls, app: { persistence: { type: "SOURCE_IP" } } });
    const ingress = recorder
      .of("networking/secGroupRule:SecGroupRule")
      .filter(({ inputs }) => inputs.direction === "ingress")
      .map(({ inputs }) =>
        [inputs.securityGroupId, inputs.protocol, inputs.portRangeMin, inputs.remoteIpPrefix].join(" "),
      );
    assert.deepEqual(ingress.sort(), [
      "id-of-store-app tcp 80 10.20.1.11/32",
      "id-of-store-app tcp 80 10.20.1.12/32",
      "id-of-store-app-balancer tcp 1025 10.20.1.11/32",
      "id-of-store-app-balancer tcp 1025 10.20.1.12/32",
      "id-of-store-app-balancer tcp 80 10.20.0.0/24",
      "id-of-store-app-balancer vrrp  10.20.1.11/32",
      "id-of-store-app-balancer vrrp  10.20.1.12/32",
      "id-of-store-db tcp 3306 10.20.1.0/24",
      "id-of-store-web tcp 80 10.20.0.11/32",
      "id-of-store-web tcp 80 10.20.0.12/32",
      "id-of-store-web-balancer tcp 443 0.0.0.0/0",
      "id-of-store-web-balancer tcp 80 0.0.0.0/0",
      "id-of-store-web-balancer vrrp  10.20.0.11/32",
      "id-of-store-web-balancer vrrp  10.20.0.12/32",
    ]);
  });

  it("hands the private key to the public balancers alone", async () => {
    const { recorder } = await build({ tls: { container: "shop" } });
    const holders = recorder
      .of("compute/instance:Instance")
      .filter(({ inputs }) => JSON.stringify(inputs.userData).includes("the private key of the shop"));
    assert.deepEqual(holders.map(({ name }) => name).sort(), ["store-web-balancer-1", "store-web-balancer-2"]);
  });

  it("has elastic groups whose servers are members of nothing", async () => {
    const web = { ...SMALLEST.web, scaling: { mode: "auto" } };
    const { recorder } = await build({}, { web });
    const { parameters, templateOpts, environmentOpts } = recorder.one("orchestration/stackV1:StackV1", "store-web");
    assert.deepEqual(Object.keys(Object(parameters)).sort(), [
      "network",
      "security_group",
      "server_group",
      "subnet",
      "turn",
    ]);
    const { resource } = JSON.parse(Object(templateOpts).Bin).resources.group.properties;
    assert.equal(resource.type, "Ecommerce::InTurn");
    assert.ok(!("pool" in resource.properties));
    assert.match(JSON.stringify(environmentOpts), /in-turn\.yaml/);
  });
});

describe("HAProxy's configuration", () => {
  const conf = (pool: object, more: Partial<HaproxyArgs> = {}) => {
    const nodes = [
      { name: "one", address: "10.20.0.11" },
      { name: "two", address: "10.20.0.12" },
    ];
    const parsed = poolSchema.parse(pool);
    const slots = ["10.20.0.16", "10.20.0.17"];
    return haproxyConf({
      flavor: FLAVOR,
      nodes,
      pool: { ...parsed, algorithm: parsed.algorithm ?? "ROUND_ROBIN" },
      slots,
      isPublic: true,
      connections: 100,
      favoured: [],
      tlsFile: undefined,
      ...more,
    });
  };

  it("has the algorithm, persistence and monitor of the pool", () => {
    const monitor = { path: "/ready", delay: 7, timeout: 4, retries: 5 };
    const text = conf({ algorithm: "LEAST_CONNECTIONS", monitor, persistence: { type: "HTTP_COOKIE" } });
    for (const line of [
      "balance leastconn",
      "http-check send meth GET uri /ready",
      "timeout check 4s",
      "default-server check inter 7s fastinter 2s fall 5 rise 5",
      "cookie SRV insert indirect nocache httponly",
      "server s2 10.20.0.17:80 id 2 cookie s2",
    ]) {
      assert.match(text, new RegExp(`^ {2}${line}$`, "m"), line);
    }
    assert.match(conf({ algorithm: "SOURCE_IP" }), /balance source/);
    assert.match(
      conf({ persistence: { type: "APP_COOKIE", cookie: "OCSESSID" } }),
      /stick match req\.cook\(OCSESSID\)/,
    );
  });

  it("tells the other one which client is whose only where that is to be remembered", () => {
    assert.doesNotMatch(conf({}), /peers/);
    assert.match(conf({ persistence: { type: "SOURCE_IP" } }), /peers pair\n {2}peer one 10\.20\.0\.11:1025\n/);
  });

  it("believes web servers who the client is, and shoppers nothing", () => {
    assert.match(conf({}), /del-header X-Forwarded-For/);
    assert.doesNotMatch(conf({}, { isPublic: false }), /del-header|set-header/);
    assert.match(conf({}, { isPublic: false }), /option forwardfor/);
  });

  it("serves HTTPS and leads there, only with a certificate", () => {
    assert.doesNotMatch(conf({}), /:443|redirect scheme/);
    const text = conf({ persistence: { type: "HTTP_COOKIE" } }, { tlsFile: "/site.pem" });
    assert.match(
      text,
      /bind :443 ssl crt \/site\.pem alpn h2,http\/1\.1\n {2}http-request redirect scheme https code 301/,
    );
    assert.match(text, /httponly secure$/m);
  });

  it("starts with nobody there, in HAProxy's own words", () => {
    const [version, header = "", ...rows] = initialState(["10.20.0.16", "10.20.0.17"]).trim().split("\n");
    assert.equal(version, "1");
    const fields = header.slice(2).split(" ");
    for (const row of rows) {
      const values = Object.fromEntries(row.split(" ").map((value, index) => [fields[index], value]));
      assert.equal(row.split(" ").length, fields.length);
      assert.deepEqual([values.be_name, values.srv_op_state, values.srv_admin_state], ["servers", "0", "0"]);
    }
    assert.equal(rows.length, 2);
  });
});
