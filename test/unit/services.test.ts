import assert from "node:assert/strict";
import { connections } from "../../commands/doctor/checks/connections";
import { servers } from "../../commands/doctor/checks/names";
import { quotas } from "../../commands/doctor/checks/quotas";
import { CloudView } from "../../commands/doctor/cloud-view";
import { estimate } from "../../commands/estimate/estimate";
import { roleNames } from "../../commands/image/image-script";
import { connectionsNeeded } from "../../components/cloud/connections";
import type { Cloud } from "../../components/cloud/discover";
import { rollovers } from "../../components/cloud/rollover-needs";
import { validate } from "../../components/config/validate";
import { addressPlan } from "../../components/core/address-plan";
import { Naming } from "../../components/core/naming";
import { SERVICES } from "../../components/core/services";
import { connectionFacts, ruleTable, serviceVips } from "../../components/features/connections";
import { serverGroups } from "../../components/features/index";
import { routerRules } from "../../components/features/router-firewall";
import { serviceNeeds } from "../../components/features/service-needs";
import { Storefront } from "../../components/storefront";
import { BOOTING, READY } from "../support/consoles";
import { FakeHeat } from "../support/fake-heat";
import { mayReach } from "../support/reachability";
import { Recorder, record, settled } from "../support/recorder";
import { CLOUD, SMALLEST } from "../support/stack-files";
import { cloudConfigOf, servedUserData } from "../support/user-data";

const MEDIUM = { imageId: "image-id", flavor: { name: "m1.medium", vcpus: 2, ram: 4096, disk: 40 } };
const WITH_MACHINES: Cloud = {
  ...CLOUD,
  machines: { ...CLOUD.machines, ...Object.fromEntries(SERVICES.map((name) => [`services.${name}`, MEDIUM])) },
};
const RELEASE = { url: "https://example.com/opencart.zip", sha256: "a".repeat(64) };
const MAIL = { host: "relay.example.com", user: "shop", from: "shop@example.com" };
const TWO = {
  ...SMALLEST,
  access: { payments: ["192.0.2.7/32"], mail: ["192.0.2.8/32"] },
  shop: { release: RELEASE, mail: MAIL },
  mailPassword: "[secret]",
  services: {
    search: { flavor: "m1.medium" },
    checkout: {
      flavor: "m1.medium",
      scaling: { mode: "auto", max: 4 },
      fallback: "app",
      limits: { connections: 7, seconds: 12 },
    },
  },
};
const naming = new Naming("ecommerce", "dev");
const build = (changes: object = {}) =>
  record(
    () =>
      new Storefront("store", {
        config: validate("ecommerce", { ...TWO, ...changes }),
        cloud: WITH_MACHINES,
        naming,
      }),
  );
const without = (recorder: Recorder) =>
  new Map(recorder.registrations.map((one) => [`${one.type} ${one.name}`, JSON.stringify(one.inputs)]));
const filesOf = (recorder: Recorder, server: string) => {
  const { userData } = recorder.one("compute/instance:Instance", server);
  const files = cloudConfigOf(servedUserData(String(Object(userData).value ?? userData))).write_files;
  return Object.fromEntries(files.map(({ path, content }) => [path, content]));
};

describe("services with servers of their own", () => {
  it("have each a group, a balancer with a fixed VIP, a pool, a security group, alarms", async () => {
    const { recorder } = await build();
    const balancer = recorder.one("loadbalancer/loadBalancer:LoadBalancer", "store-search");
    assert.deepEqual([balancer.name, balancer.vipAddress], ["ecommerce-dev-search", "10.20.1.4"]);
    assert.equal(balancer.vipSubnetId, "id-of-store-app");
    const listener = recorder.one("loadbalancer/listener:Listener", "store-search");
    assert.deepEqual(listener.allowedCidrs, ["10.20.0.0/24"]);
    const members = recorder
      .of("loadbalancer/member:Member")
      .filter(({ inputs }) => inputs.poolId === "id-of-store-search");
    assert.deepEqual(
      members.map(({ inputs }) => inputs.address),
      ["address-of-store-search-1", "address-of-store-search-2"],
    );
    const server = recorder.one("compute/instance:Instance", "store-search-1");
    assert.deepEqual([server.name, server.flavorName], ["ecommerce-dev-search-1", "m1.medium"]);
    assert.deepEqual(server.schedulerHints, [{ group: "id-of-store-search" }]);
    assert.deepEqual(recorder.one("networking/port:Port", "store-search-1").securityGroupIds, ["id-of-store-search"]);
    const { templateOpts } = recorder.one("orchestration/stackV1:StackV1", "store-checkout");
    const template = JSON.parse(Object(templateOpts).Bin);
    assert.equal(template.resources.busy.type, "OS::Aodh::GnocchiAggregationByResourcesAlarm");
    assert.equal(template.resources.group.properties.max_size, 4);
  });

  it("change nothing else of a store but what web servers know and may reach", async () => {
    const [with_, none] = [without((await build()).recorder), without((await build({ services: {} })).recorder)];
    const changed = [...none].filter(([key, inputs]) => with_.get(key) !== inputs).map(([key]) => key);
    assert.deepEqual(changed, [
      "openstack:compute/instance:Instance store-web-1",
      "openstack:compute/instance:Instance store-web-2",
    ]);
    const more = [...with_.keys()].filter((key) => !none.has(key) && !/store-(search|checkout)/.test(key));
    assert.deepEqual(more.sort(), [
      "openstack:networking/secGroupRule:SecGroupRule store-web-egress-tcp-80-10.20.1.4/32",
      "openstack:networking/secGroupRule:SecGroupRule store-web-egress-tcp-80-10.20.1.9/32",
    ]);
  });

  it("run the same installation as app servers, without their jobs and without the relay's password", async () => {
    const { recorder } = await build();
    const [app, search] = [filesOf(recorder, "store-app-1"), filesOf(recorder, "store-search-1")];
    const START = "/usr/local/lib/ecommerce/jobs/start.sh";
    assert.doesNotMatch(search[START] ?? "", /systemctl/);
    for (const file of ["database.json", "shop.json", "tls/ca.crt"])
      assert.equal(search[`/etc/ecommerce/${file}`], app[`/etc/ecommerce/${file}`], file);
    assert.match(app["/etc/ecommerce/mail.json"] ?? "", /"user":"shop"/);
    assert.doesNotMatch(search["/etc/ecommerce/mail.json"] ?? "", /user|password/);
    assert.match(search["/etc/ecommerce/php.ini"] ?? "", /mail\/enqueue\.php/);
  });

  it("are where web servers lead their pages to, within their limits", async () => {
    const gate = filesOf((await build()).recorder, "store-web-1")["/etc/ecommerce/gate.cfg"] ?? "";
    const section = (name: string) => new RegExp(`^backend ${name}\\n((?:  .*\\n)+)`, "m").exec(gate)?.[1] ?? "";
    assert.match(section("search"), /server search 10\.20\.1\.4:80 check/);
    assert.doesNotMatch(section("search"), /backup/);
    assert.match(section("checkout"), /timeout server 12s\n[\s\S]*server app 10\.20\.1\.10:80 backup/);
    // 200 workers of Apache: a third for each of the two, and for all else.
    assert.match(gate, /if \{ var\(txn\.service\) -m str search \} \{ be_conn\(search\) ge 66 \}/);
    assert.match(gate, /\{ be_conn\(checkout\) ge 7 \}/);
  });

  it("are among the outputs", async () => {
    const { built } = await build();
    const { services, serverIds, securityGroupIds } = built.outputs;
    assert.ok(services);
    const { search, checkout } = Object(await settled(services));
    assert.deepEqual(search, {
      vip: "10.20.1.4",
      loadBalancerId: "id-of-store-search",
      routes: ["product/search", "common/search"],
    });
    assert.equal(checkout.scaling.stackId, "id-of-store-checkout");
    assert.deepEqual((await settled(serverIds)).search, ["id-of-store-search-1", "id-of-store-search-2"]);
    assert.equal((await settled(securityGroupIds)).checkout, "id-of-store-checkout");
    const none = (await build({ services: {} })).built.outputs;
    assert.ok(!("services" in none));
  });

  it("are known to estimate, quotas, needs, rollovers, images and the sum of connections", async () => {
    const config = validate("ecommerce", TWO);
    const prices = { currency: "EUR", vcpu: 1, ram: 0, volume: { default: 0 }, balancer: 1, address: 0 };
    const flavors = [CLOUD.machines.app.flavor, MEDIUM.flavor];
    const lines = estimate(config, prices, flavors).filter(({ what }) => what.includes(" for "));
    assert.deepEqual(
      lines.map(({ what, number }) => `${what}: ${number.least}-${number.most}`),
      [
        "server m1.medium for search: 2-2",
        "server m1.medium for checkout: 2-4",
        "load balancer for search: 1-1",
        "load balancer for checkout: 1-1",
      ],
    );
    const none = async () => [];
    const cloud: CloudView = Object.assign(Object.create(CloudView.prototype), {
      has: (type: string) => type === "load-balancer",
      flavors: async () => flavors,
      images: async () => [
        { id: "i", name: "debian-12", min_disk: 0, min_ram: 0, created_at: new Date().toISOString() },
      ],
      subnets: none,
      balancers: none,
      balancerQuota: async () => ({ load_balancer: 3 }),
      computeLimits: async () => ({ maxTotalInstances: 10, maxServerGroups: 3 }),
      volumeLimits: async () => ({}),
      networkQuota: async () => ({ security_group: { limit: 4, used: 0 } }),
    });
    const short = (await quotas(cloud, config, "ecommerce-dev")).filter(({ state }) => state === "wrong");
    assert.deepEqual(
      short.map(({ text }) => text),
      [
        "servers: 11 needed, 10 free of 10",
        "server groups: 4 needed, 3 free of 3",
        "security groups: 5 needed, 4 free of 4",
        "load balancers: 4 needed, 3 free of 3",
      ],
    );
    const named = (await servers(cloud, config)).map(({ key }) => key);
    assert.ok(named.includes("services.search.flavor") && !named.includes("services.search.image"), named.join());
    assert.deepEqual(
      rollovers(config).map(({ key, servers: more }) => `${key} ${more}`),
      ["web 2", "app 2", "services.search 2", "services.checkout 1"],
    );
    assert.ok(serviceNeeds(config).some(({ key }) => key === "services.checkout.scaling.mode"));
    assert.deepEqual(roleNames(config), roleNames(validate("ecommerce", SMALLEST)));
    const app = CLOUD.machines.app.flavor;
    const alone = { app, servers: 2, readers: 0 };
    const all = connectionsNeeded({ ...alone, services: [{ app: MEDIUM.flavor, servers: 6 }] });
    assert.ok(all > 2 * connectionsNeeded(alone));
    assert.match((await connections(cloud, config)).map(({ text }) => text).join(), /of the services' servers/);
  });

  it("are in the table of who may reach whom", () => {
    const plain = validate("ecommerce", TWO);
    const behindOvn = validate("ecommerce", { ...TWO, balancing: { provider: "ovn" } });
    const addresses = {
      "web-1": "10.20.0.16",
      "app-1": "10.20.1.16",
      "search-1": "10.20.1.20",
      "checkout-1": "10.20.1.21",
      "db-1": "10.20.2.10",
    };
    const may = (from: string, to: string, port: number, config = plain) =>
      mayReach(
        {
          groups: serverGroups(config),
          rules: ruleTable(connectionFacts(config)),
          addresses,
          vips: { web: "10.20.0.10", app: "10.20.1.10", ...serviceVips(config) },
        },
        from,
        to,
        port,
      );
    assert.equal(may("web-1", "search-vip", 80, behindOvn), true);
    assert.equal(may("web-1", "search-1", 80), false);
    assert.equal(may("web-1", "search-1", 3306, behindOvn), false);
    assert.equal(may("search-1", "db-1", 3306), true);
    assert.equal(may("app-1", "search-1", 80), false);
    assert.equal(may("search-1", "app-vip", 80), false);
    const walled = validate("ecommerce", { ...TWO, access: { ...TWO.access, firewall: "stateful" } });
    const into = routerRules(walled).filter(
      ({ direction, source }) => direction === "ingress" && source === "10.20.0.0/24",
    );
    assert.deepEqual(
      into.map(({ destination, destinationPort }) => `${destination}:${destinationPort}`),
      ["10.20.1.10/32:80", "10.20.1.4/32:80", "10.20.1.9/32:80"],
    );
    const onward = (group: string) =>
      ruleTable(connectionFacts(plain))
        .filter(({ tier, cidr }) => tier === group && cidr.startsWith("192.0.2."))
        .map(({ cidr, port }) => `${cidr}:${port}`);
    assert.deepEqual(onward("search"), []);
    assert.deepEqual(onward("checkout"), ["192.0.2.7/32:443"]);
    assert.deepEqual(onward("app"), ["192.0.2.8/32:587", "192.0.2.7/32:443"]);
  });

  it("have VIPs that neither depend on each other nor meet anything of the plan", () => {
    for (const fixed of [undefined, ...Array.from({ length: 13 }, (_, index) => `10.20.1.${index + 3}`)]) {
      const plan = addressPlan("10.20.1.0/24", fixed);
      const vips = Object.values(plan.services);
      assert.equal(vips.length, 8);
      const all = [...vips, plan.fixedIp, plan.keeper, plan.gateway, plan.secondRouter, plan.pool.start];
      assert.equal(new Set(all).size, all.length, String(fixed));
    }
  });

  const mistakes = (changes: object) => {
    try {
      validate("ecommerce", { ...SMALLEST, ...changes });
      return "";
    } catch (error) {
      return String(error);
    }
  };
  it("are refused where they cannot be, with the key", () => {
    const search = { flavor: "m1.small" };
    const haproxy = { driver: "haproxy", servers: { image: "debian-12", flavor: "m1.small" } };
    assert.match(
      mistakes({ balancing: haproxy, services: { search } }),
      /ecommerce:services\.search .*balancing\.driver haproxy/,
    );
    assert.match(
      mistakes({ services: { find: search } }),
      /ecommerce:services\.find is no known key; it must be one of browse, search/,
    );
    assert.match(
      mistakes({ services: { search: { ...search, routes: ["Product/"] } } }),
      /services\.search\.routes\.0 .*must be the beginning/,
    );
    assert.match(
      mistakes({ services: { search: { ...search, routes: ["*/*"] } } }),
      /services\.search\.routes\.0 .*whole shop/,
    );
    assert.match(
      mistakes({ services: { search: { ...search, routes: ["product/product"] }, item: search } }),
      /services\.item\.routes\.0 is "product\/product"; it must be another one than those of services\.search/,
    );
    const at = (address: string) => mistakes({ services: { search: { ...search, address } } });
    assert.match(at("10.20.0.9"), /services\.search\.address .*must lie in network\.app\.cidr/);
    assert.match(at("10.20.1.10"), /must be free, but is the app balancer's/);
    assert.match(at("10.20.1.30"), /must be free, but is inside the DHCP pool/);
    assert.equal(at("10.20.1.12"), "");
    const small = { network: { app: { cidr: "10.20.1.0/27" } } };
    assert.match(
      mistakes({ ...small, services: { search: { ...search, count: 9 } } }),
      /ecommerce:services .*are 11, and .* has room for 9/,
    );
    const scaling = { mode: "auto", high: 20, low: 30 };
    assert.match(mistakes({ services: { search: { ...search, scaling } } }), /services\.search\.scaling\.low is 30/);
  });

  describe("in a store that exists", () => {
    let heat: FakeHeat;
    afterEach(() => heat.close());
    const server = (name: string) => ({
      id: `old-${name}`,
      name: `ecommerce-dev-${name}`,
      imageId: undefined,
      metadata: {},
    });

    /** @returns the names of servers in the order in which they were made, and whether the app server had said how it is */
    async function order(consoles: readonly string[], existing: readonly string[]): Promise<string[]> {
      heat = new FakeHeat({ consoles });
      const seen: string[] = [];
      const recorder = new Recorder();
      const scope = await heat.scope();
      recorder.answers["openstack:identity/getAuthScope:getAuthScope"] = () => ({ ...scope });
      const newResource = recorder.newResource.bind(recorder);
      recorder.newResource = (args) => {
        const asked = heat.asked.some((one) => one.endsWith("/servers/id-of-store-app-1/action"));
        if (args.type.endsWith("Instance")) seen.push(`${args.name}${asked ? ", the app server asked" : ""}`);
        return newResource(args);
      };
      const config = validate("ecommerce", {
        ...SMALLEST,
        web: { ...SMALLEST.web, count: 1 },
        app: { ...SMALLEST.app, count: 1 },
        boot: { mode: "image", handover: 20 },
        balancing: { app: { monitor: { delay: 2, timeout: 1, retries: 1 } } },
        services: { search: { flavor: "m1.medium", count: 1 } },
      });
      const cloud = { ...WITH_MACHINES, existing: { ...CLOUD.existing, servers: existing.map(server) } };
      const { built } = await record(() => new Storefront("store", { config, cloud, naming }), recorder);
      await settled(built.outputs.storefrontUrl);
      return seen;
    }

    it("are replaced once the new app servers serve", async () => {
      const seen = await order([BOOTING, READY], ["web-1", "app-1", "search-1"]);
      assert.ok(seen.includes("store-app-1") && seen.includes("store-search-1, the app server asked"), seen.join("; "));
    }).timeout("60s");

    it("serve before web servers lead anybody to them", async () => {
      const seen = await order([READY], ["web-1", "app-1"]);
      const place = (name: string) => seen.findIndex((one) => one.startsWith(name));
      assert.ok(place("store-app-1") < place("store-search-1"), seen.join("; "));
      assert.ok(place("store-search-1") < place("store-web-1"), seen.join("; "));
    }).timeout("60s");
  });
});
