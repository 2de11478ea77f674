import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import type { Cloud } from "../../components/cloud/discover";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { cpuThreshold } from "../../components/scaling/alarms";
import { environment, nestedSha256 } from "../../components/scaling/nested";
import { BOOT_TYPE, HTTPS_MEMBER_TYPE, MEMBER_TYPE, SERVER_TYPE } from "../../components/scaling/template";
import { Storefront } from "../../components/storefront";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { READY } from "../support/consoles";
import { FakeHeat, GROUP, type HeatInCloud } from "../support/fake-heat";
import { template } from "../support/group-template";
import { Recorder, record, settled } from "../support/recorder";
import { CLOUD, SMALLEST } from "../support/stack-files";

const AUTO = { ...SMALLEST, web: { ...SMALLEST.web, scaling: { mode: "auto" } } };

const nested = (file: string) => readFileSync(path.join(ROOT, "components/scaling/heat", file), "utf8");

describe("the template of an elastic group", () => {
  it("has the original's numbers as defaults: above 50 % or below 20 % for ten minutes, one more or one less", () => {
    const { resources } = template();
    assert.ok("busy" in resources && "idle" in resources);
    const { busy, idle, grow, shrink, group } = resources;
    // Per value of 300 s, one processor: half of 300e9 ns, a fifth of it.
    assert.deepEqual([busy?.properties.threshold, idle?.properties.threshold], [150e9, 60e9]);
    assert.deepEqual([busy?.properties.comparison_operator, idle?.properties.comparison_operator], ["gt", "lt"]);
    for (const alarm of [busy, idle]) {
      assert.equal(alarm?.properties.granularity, 300);
      assert.equal(alarm?.properties.evaluation_periods, 2);
      assert.equal(alarm?.properties.aggregation_method, "rate:mean");
      assert.deepEqual(JSON.parse(alarm?.properties.query ?? ""), {
        and: [{ "=": { server_group: "ecommerce-dev-web" } }, { "=": { ended_at: null } }],
      });
      assert.match(JSON.stringify(alarm?.properties.alarm_actions), /^\[\{"list_join":\["",\["trust\+",/);
    }
    assert.deepEqual([grow.properties.scaling_adjustment, shrink.properties.scaling_adjustment], [1, -1]);
    assert.equal(grow.properties.cooldown, 600);
    assert.deepEqual([group.properties.min_size, group.properties.max_size], [2, 5]);
  });

  it("never has a desired capacity, to which every update would resize", () => {
    assert.ok(!JSON.stringify(template()).includes("desired_capacity"));
  });

  it("names the group that its alarms look for in its members' metadata", () => {
    const { metadata } = template().resources.group.properties.resource.properties;
    assert.equal(metadata["metering.server_group"], "ecommerce-dev-web");
  });

  it("scales thresholds with processors and granularity, whatever they are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 1440 }), (vcpus, granularity) => {
        assert.equal(cpuThreshold(100, vcpus, granularity), vcpus * granularity * 1e9);
        const { resources } = template({
          scaling: { window: granularity * 60 },
          telemetry: { granularity, sampling: 1 },
          vcpus,
        });
        assert.ok("busy" in resources);
        assert.equal(resources.busy?.properties.threshold, cpuThreshold(50, vcpus, granularity));
        assert.equal(resources.busy?.properties.evaluation_periods, 60);
      }),
    );
  });

  it("has no alarms but webhooks where the driver is heat-signal, and the other way round", () => {
    const signal = template({ telemetry: { driver: "heat-signal" } });
    assert.deepEqual(Object.keys(signal.resources), ["boot", "group", "grow", "shrink"]);
    assert.ok("grow_url" in signal.outputs && !("busy_alarm_id" in signal.outputs));
    assert.ok(!("grow_url" in template().outputs));
  });

  it("gives its members exactly the parameters that they declare, and no secret", () => {
    const members = [
      { type: MEMBER_TYPE, file: "member.yaml", ports: { pool: 80 } },
      { type: SERVER_TYPE, file: "server.yaml", ports: {} },
      { type: HTTPS_MEMBER_TYPE, file: "member-https.yaml", ports: { pool: 80, https_pool: 443 } },
    ];
    for (const { type, file, ports } of members) {
      const { parameters, heat_template_version: version } = parse(nested(file));
      const given = template({ ports }).resources.group.properties.resource;
      assert.equal(given.type, type);
      assert.deepEqual(Object.keys(given.properties).sort(), Object.keys(parameters).sort());
      assert.equal(version, template().heat_template_version);
    }
  });

  it("makes the same server whatever its members are members of", () => {
    const [member, https, server] = ["member.yaml", "member-https.yaml", "server.yaml"].map((file) =>
      parse(nested(file)),
    );
    assert.deepEqual(Object.keys(https.resources), ["member", "https_membership"]);
    assert.deepEqual(Object.keys(https.resources.member.properties).sort(), Object.keys(member.parameters).sort());
    const { membership, booted, ...others } = member.resources;
    assert.ok(membership && booted);
    assert.deepEqual(server.resources, others);
  });
});

describe("what Heat gets beside the template", () => {
  it("is user data as the default of a hidden parameter, which no other template has", () => {
    const { parameter_defaults: defaults, resource_registry: registry } = JSON.parse(
      environment("#cloud-config", MEMBER_TYPE),
    );
    assert.deepEqual(defaults, { user_data: "#cloud-config" });
    assert.deepEqual(Object.keys(registry).sort(), [BOOT_TYPE, MEMBER_TYPE]);
    assert.deepEqual(parse(nested("boot.yaml")).parameters, { user_data: { type: "string", hidden: true } });
    assert.ok(!("user_data" in parse(nested("member.yaml")).parameters));
  });

  it("is the same from another checkout, so that nobody's members are replaced by a colleague's `up`", async () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), "ecommerce-checkout-"));
    try {
      cpSync(path.join(ROOT, "components"), path.join(elsewhere, "components"), { recursive: true });
      for (const name of ["node_modules", "tsconfig.json"])
        symlinkSync(path.join(ROOT, name), path.join(elsewhere, name));
      const program = `
        const { environment, nestedSha256 } = require("./components/scaling/nested");
        process.stdout.write(environment("#cloud-config", "Ecommerce::Member") + nestedSha256("Ecommerce::Member"));`;
      const { stdout } = await run("tsx", ["-e", program], { cwd: elsewhere, preferLocal: true, localDir: ROOT });
      assert.equal(stdout, environment("#cloud-config", MEMBER_TYPE) + nestedSha256(MEMBER_TYPE));
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it("has nested templates that stay as they were released: an edit would update all members at once", () => {
    assert.equal(nestedSha256(SERVER_TYPE), "9587b07277d2607263b95fb40f6dd74714a40bb01b3e8358a4d83811eed5bb3e");
    assert.equal(nestedSha256(HTTPS_MEMBER_TYPE), "c0b40f7f37a65104e999f2385ddb3d6f8cdaf36e097ef4d05352f27a96dce5e4");
    assert.equal(nestedSha256(MEMBER_TYPE), "200f72d115a38984c5b8de3a267114447135f3e83a1ea0fceb3e4be6e7c3f14e");
  });
});

describe("a store with an elastic tier", () => {
  const build = () => {
    const config = validate("ecommerce", AUTO);
    return record(() => new Storefront("store", { config, cloud: CLOUD, naming: new Naming("ecommerce", "dev") }));
  };

  it("has a Heat stack in place of the tier's servers and members, and the same balancers", async () => {
    const { recorder } = await build();
    assert.equal(recorder.of("compute/instance:Instance").length, 3);
    assert.equal(recorder.of("loadbalancer/loadBalancer:LoadBalancer").length, 2);
    const members = recorder.of("loadbalancer/member:Member").map(({ name }) => name);
    assert.deepEqual(members, ["store-app-1", "store-app-2"]);
    const stack = recorder.one("orchestration/stackV1:StackV1", "store-web");
    assert.equal(stack.name, "ecommerce-dev-web");
    // Every one, since the provider would read back defaults; none hidden, since it would read back asterisks.
    const { parameters } = JSON.parse(Object(stack.templateOpts).Bin);
    assert.deepEqual(Object.keys(Object(stack.parameters)).sort(), Object.keys(parameters).sort());
    for (const parameter of Object.values(parameters)) assert.deepEqual(parameter, { type: "string" });
    assert.equal(stack.tags, undefined);
  });

  it("tells the servers that Heat has, which the program does not make", async () => {
    const { built } = await build();
    assert.deepEqual(await settled(built.outputs.serverIds.apply(({ web }) => web)), ["one", "two"]);
  });

  describe("whose members exist", () => {
    let heat: FakeHeat;
    afterEach(() => heat.close());
    const existing = [{ id: "old", name: `${GROUP}-abc123`, imageId: "image-id", metadata: {} }];

    const up = async (cloud: HeatInCloud) => {
      heat = new FakeHeat(cloud);
      const recorder = new Recorder();
      const scope = await heat.scope();
      recorder.answers["openstack:identity/getAuthScope:getAuthScope"] = () => ({ ...scope });
      const config = validate("ecommerce", { ...AUTO, boot: { ...AUTO.boot, handover: 5 } });
      const stands: Cloud = { ...CLOUD, existing: { ...CLOUD.existing, servers: existing } };
      const make = () => new Storefront("store", { config, cloud: stands, naming: new Naming("ecommerce", "dev") });
      const { built } = await record(make, recorder);
      await settled(built.outputs.storefrontUrl);
      return recorder;
    };

    it("tries out what they shall boot from before Heat hears of it, and waits for the new ones at last", async () => {
      const recorder = await up({ consoles: [READY] });
      assert.equal(recorder.of("orchestration/stackV1:StackV1").length, 1);
      const [order] = heat.bodies.map((body) => JSON.parse(body));
      const { environmentOpts } = recorder.one("orchestration/stackV1:StackV1", "store-web");
      const given = JSON.parse(Object(Object(environmentOpts).value ?? environmentOpts).Bin);
      assert.equal(order.environment.parameter_defaults.user_data, given.parameter_defaults.user_data);
      assert.equal(order.template.resources.server.properties.network, "id-of-store-web");
      const asked = heat.asked.join("\n");
      assert.ok(asked.indexOf("DELETE /stacks/") < asked.indexOf("POST /servers/one/action"));
      assert.match(asked, /GET \/v2\/lbaas\/pools\/.*\/members/);
    });
  });
});
