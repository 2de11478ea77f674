import assert from "node:assert/strict";
import { servers } from "../../commands/doctor/checks/names";
import { quotas } from "../../commands/doctor/checks/quotas";
import { CloudView } from "../../commands/doctor/cloud-view";
import { estimate } from "../../commands/estimate/estimate";
import { imageScript, roleNames } from "../../commands/image/image-script";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { connectionFacts, ruleTable } from "../../components/features/connections";
import { FEATURES } from "../../components/features/index";
import { storeOutputs } from "../../components/outputs";
import { Storefront } from "../../components/storefront";
import { groupPerTier } from "../../policy/rules/whole";
import { search } from "../fixtures/search";
import { judge } from "../support/policy";
import { mayReach } from "../support/reachability";
import { record, settled } from "../support/recorder";
import { CLOUD, SMALLEST } from "../support/stack-files";
import { servedUserData } from "../support/user-data";

const PRICES = { currency: "EUR", vcpu: 0.01, ram: 0.004, volume: { default: 0.0001 }, balancer: 0.025, address: 0 };
const FLAVORS = [{ name: "m1.small", vcpus: 1, ram: 2048, disk: 20 }];

describe("a group of servers that one line adds to the list of features", () => {
  const config = validate("ecommerce", SMALLEST);
  const naming = new Naming("ecommerce", "dev");

  before(() => FEATURES.push(search));
  after(() => {
    FEATURES.pop();
  });

  it("is in the preview: servers of its role, apart from each other, in a security group of their own", async () => {
    const { recorder } = await record(() => new Storefront("store", { config, cloud: CLOUD, naming }));
    const made = recorder.of("compute/instance:Instance").filter(({ name }) => name.startsWith("store-search"));
    assert.deepEqual(
      made.map(({ inputs }) => inputs.name),
      ["ecommerce-dev-search-1", "ecommerce-dev-search-2"],
    );
    const [first] = made;
    assert.match(String(servedUserData(String(first?.inputs.userData))), /run\.sh\n +- search\n +- boot/);
    assert.deepEqual(first?.inputs.schedulerHints, [{ group: "id-of-store-search" }]);
    const { securityGroupIds } = recorder.one("networking/port:Port", "store-search-1");
    assert.deepEqual(securityGroupIds, ["id-of-store-search"]);
    const rules = recorder
      .of("networking/secGroupRule:SecGroupRule")
      .filter(({ inputs }) => inputs.securityGroupId === "id-of-store-search")
      .map(({ inputs }) => inputs.description);
    assert.ok(rules.includes("app servers' searches") && rules.includes("metadata service"), rules.join());
  });

  it("is among the outputs, and the rest of them is as before", async () => {
    const { built } = await record(() => new Storefront("store", { config, cloud: CLOUD, naming }));
    const { serverIds, securityGroupIds } = built.outputs;
    const ids = await settled(serverIds);
    assert.deepEqual(ids.search, ["id-of-store-search-1", "id-of-store-search-2"]);
    assert.deepEqual(Object.keys(ids).sort(), ["app", "db", "search", "web"]);
    assert.equal((await settled(securityGroupIds)).search, "id-of-store-search");
    assert.deepEqual(storeOutputs.shape.serverIds.parse(ids), ids);
  });

  it("is in the estimate", () => {
    const counted = (tier: string) =>
      estimate(config, PRICES, FLAVORS)
        .filter((one) => one.tier === tier && one.what.startsWith("server"))
        .reduce((sum, { number }) => sum + number.most, 0);
    assert.deepEqual([counted("web"), counted("app")], [2, 4]);
  });

  it("is what the doctor asks the cloud for, and has room for in the quotas", async () => {
    const none = async () => [];
    const cloud: CloudView = Object.assign(Object.create(CloudView.prototype), {
      has: () => false,
      flavors: async () => FLAVORS,
      images: none,
      subnets: none,
      computeLimits: async () => ({ maxTotalInstances: 6, maxServerGroups: 2, maxServerMeta: 5 }),
      volumeLimits: async () => ({}),
      networkQuota: async () => ({ security_group: { limit: 3, used: 0 } }),
    });
    const short = (await quotas(cloud, config, "ecommerce-dev")).map(({ text }) => text);
    assert.deepEqual(short, [
      "servers: 7 needed, 6 free of 6",
      "server groups: 3 needed, 2 free of 2",
      "metadata items of the database server: 6 needed, 5 free of 5",
      "security groups: 4 needed, 3 free of 3",
    ]);
    const own = { ...search, groups: () => search.groups(config).map((one) => ({ ...one, image: "searching" })) };
    FEATURES.splice(0, 0, own);
    const asked = (await servers(cloud, config)).map(({ text }) => text);
    FEATURES.splice(0, 1);
    assert.ok(
      asked.some((text) => text.includes("searching")),
      asked.join("\n"),
    );
  });

  it("is known to the policies", async () => {
    const port = { kind: "openstack:networking/port:Port", name: "it", props: { tags: naming.tags("search") } };
    const [message] = await judge(groupPerTier, [port]);
    assert.match(message ?? "", /ports of tier search, but no security group/);
  });

  it("has a golden image", () => {
    assert.ok(roleNames(config).includes("search"));
    assert.match(imageScript("search", config), /run\.sh search image/);
  });

  it("is in the table of who may reach whom", () => {
    const { groups, ...facts } = connectionFacts(config);
    const rules = ruleTable({ ...facts, groups });
    const addresses = { "web-1": "10.20.0.16", "app-1": "10.20.1.16", "search-1": "10.20.1.20" };
    const may = (from: string, to: string, port: number) =>
      mayReach({ groups, rules, addresses, vips: { web: "10.20.0.10", app: "10.20.1.10" } }, from, to, port);
    assert.equal(may("app-1", "search-1", 80), true);
    assert.equal(may("app-1", "search-1", 22), false);
    assert.equal(may("web-1", "search-1", 80), false);
  });
});
