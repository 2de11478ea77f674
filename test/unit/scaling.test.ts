import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import type { Cloud } from "../../components/cloud/discover";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { cpuThreshold } from "../../components/scaling/gnocchi-rule";
import { environment, nestedSha256 } from "../../components/scaling/nested";
import { BOOT_TYPE, MEMBER_TYPE, SERVER_TYPE } from "../../components/scaling/template";
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

  it("asks Prometheus for as many values as Gnocchi, and waits for all of them", () => {
    const { resources, outputs } = template({
      scaling: { window: 360, high: 60.5, low: 10 },
      telemetry: { driver: "heat-prometheus", granularity: 180, sampling: 60 },
      vcpus: 4,
    });
    assert.ok("busy" in resources && "busy_alarm_id" in outputs && "idle_alarm_id" in outputs);
    const { busy, idle } = resources;
    for (const alarm of [busy, idle]) {
      assert.equal(alarm?.type, "OS::Aodh::PrometheusAlarm");
      // Aodh's own default compares for equality.
      assert.deepEqual([alarm?.properties.threshold, alarm?.properties.comparison_operator], [2, "ge"]);
      assert.match(JSON.stringify(alarm?.properties.alarm_actions), /^\[\{"list_join":\["",\["trust\+",/);
      assert.match(String(alarm?.properties.query), /^sum_over_time\(.*\)\[360s:180s\]\)$/);
    }
    assert.match(String(busy?.properties.query), /\/ \(4 \* 1e9\)\) > bool 60\.5\)/);
    assert.match(String(idle?.properties.query), /\/ \(4 \* 1e9\)\) < bool 10\)/);
  });

  it("has no alarms but webhooks where the driver is heat-signal, and the other way round", () => {
    const signal = template({ telemetry: { driver: "heat-signal" } });
    assert.deepEqual(Object.keys(signal.resources), ["boot", "group", "grow", "shrink"]);
    assert.ok("grow_url" in signal.outputs && !("busy_alarm_id" in signal.outputs));
    assert.ok(!("grow_url" in template().outputs));
  });

  it("gives its members parameters that they declare, all but those of pools that they are in none of, and no secret", () => {
    const { parameters, heat_template_version: version } = parse(nested("in-turn.yaml"));
    const variants = [
      { ports: { pool: 80, https_pool: 443 }, left: [] },
      { ports: { pool: 80 }, left: ["https_pool", "https_pool_port"] },
      { ports: {}, left: ["https_pool", "https_pool_port", "pool", "pool_port"] },
    ];
    for (const { ports, left } of variants) {
      const given = template({ ports }).resources.group.properties.resource;
      assert.equal(given.type, MEMBER_TYPE);
      assert.deepEqual([...Object.keys(given.properties), ...left].sort(), Object.keys(parameters).sort());
      for (const name of left) assert.ok("default" in parameters[name], name);
    }
    assert.equal(version, template().heat_template_version);
  });

  describe("whose members are replaced in turn", () => {
    const { parameters, conditions, resources, outputs } = parse(nested("in-turn.yaml"));

    it("gives both servers of a member the same: all that a server declares, and nothing else", () => {
      const { a, b } = resources;
      assert.deepEqual([a.type, b.type], [SERVER_TYPE, SERVER_TYPE]);
      assert.deepEqual(a.properties, b.properties);
      const declared = Object.keys(parse(nested("server.yaml")).parameters);
      assert.deepEqual(Object.keys(a.properties).sort(), declared.sort());
      for (const [name, value] of Object.entries(a.properties)) assert.deepEqual(value, { get_param: name });
    });

    it("has one of them at a time", () => {
      assert.deepEqual(parameters.turn.constraints, [{ allowed_values: ["a", "b"] }]);
      for (const turn of ["a", "b"]) {
        assert.deepEqual(conditions[`turn_${turn}`], { equals: [{ get_param: "turn" }, turn] });
        assert.equal(resources[turn].condition, `turn_${turn}`);
        const booted = resources[`booted_${turn}`];
        assert.deepEqual([booted.condition, booted.depends_on], [`turn_${turn}`, turn]);
        assert.deepEqual(booted.properties, { min_wait: { get_param: "warmup" } });
      }
    });

    // Heat deletes at once what a template no longer has, unless something stands on it that is to be replaced first.
    it("has something that stands on both servers in turn, whatever pools there are", () => {
      const address = { if: ["turn_a", { get_attr: ["a", "address"] }, { get_attr: ["b", "address"] }] };
      const id = { if: ["turn_a", { get_resource: "a" }, { get_resource: "b" }] };
      const { membership, https_membership: https, server } = resources;
      assert.deepEqual([membership.properties.address, https.properties.address], [address, address]);
      assert.deepEqual(server.properties.value, id);
      assert.deepEqual(
        [membership.condition, https.condition, server.condition],
        ["pooled", "https_pooled", "unpooled"],
      );
      assert.deepEqual(conditions.pooled, { not: conditions.unpooled });
      for (const { depends_on: after } of [membership, https, server])
        assert.deepEqual(after, ["booted_a", "booted_b"]);
      assert.deepEqual(outputs, { "OS::stack_id": { value: id }, address: { value: address } });
    });

    it("names what stands on servers as older templates do, so that theirs go last too", () => {
      const inOlder = (file: string) => Object.keys(parse(nested(file)).resources);
      assert.ok(inOlder("member.yaml").includes("membership"));
      assert.ok(inOlder("member-https.yaml").includes("https_membership"));
      assert.ok(inOlder("server.yaml").includes("server"));
    });
  });
});

describe("what Heat gets beside the template", () => {
  it("is user data as the default of a hidden parameter, which no other template has", () => {
    const { parameter_defaults: defaults, resource_registry: registry } = JSON.parse(environment("#cloud-config"));
    assert.deepEqual(defaults, { user_data: "#cloud-config" });
    const older = ["Ecommerce::HttpsMember", "Ecommerce::Member"];
    assert.deepEqual(Object.keys(registry).sort(), [BOOT_TYPE, MEMBER_TYPE, SERVER_TYPE, ...older].sort());
    assert.deepEqual(parse(nested("boot.yaml")).parameters, { user_data: { type: "string", hidden: true } });
    assert.ok(!("user_data" in parse(nested("in-turn.yaml")).parameters));
  });

  it("is the same from another checkout, so that nobody's members are replaced by a colleague's `up`", async () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), "ecommerce-checkout-"));
    try {
      cpSync(path.join(ROOT, "components"), path.join(elsewhere, "components"), { recursive: true });
      for (const name of ["node_modules", "tsconfig.json"])
        symlinkSync(path.join(ROOT, name), path.join(elsewhere, name));
      const program = `
        const { environment, nestedSha256 } = require("./components/scaling/nested");
        process.stdout.write(environment("#cloud-config") + nestedSha256());`;
      const { stdout } = await run("tsx", ["-e", program], { cwd: elsewhere, preferLocal: true, localDir: ROOT });
      assert.equal(stdout, environment("#cloud-config") + nestedSha256());
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it("has nested templates that stay as they were released: an edit would update all members at once", () => {
    const sha256 = (file: string) => createHash("sha256").update(nested(file)).digest("hex");
    const released = {
      "boot.yaml": "77fbec342e492ab717637e57c512ab3257ab6f02e43ff955d7f6fae20dbf0678",
      "in-turn.yaml": "2db46b711143c39a0aa7029add13435cdd7d7d04d2b80e1419651e1d3399cde1",
      "member-https.yaml": "a7eb13df6f647449989999bc4aee2582cd80b954604715e2cce34e166594894a",
      "member.yaml": "3c7dcefa1aa6fb54bf8955d46e7af1ef855a55c8f6375f180bdb2103cdb0ca3c",
      "server.yaml": "04777e858239e89c27da7f47265d2ae2d4bb93744293b861231df4bc252eb7b0",
    };
    assert.deepEqual(readdirSync(path.join(ROOT, "components/scaling/heat")).sort(), Object.keys(released));
    for (const [file, hash] of Object.entries(released)) assert.equal(sha256(file), hash, file);
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
    // Where no member exists Heat is not asked: the recorder would refuse.
    assert.equal(Object(stack.parameters).turn, "a");
  });

  it("tells the servers that Heat has, which the program does not make", async () => {
    const { built } = await build();
    assert.deepEqual(await settled(built.outputs.serverIds.apply(({ web }) => web)), ["one", "two"]);
  });

  describe("whose members exist", () => {
    let heat: FakeHeat;
    afterEach(() => heat.close());
    const existing = [{ id: "old", name: `${GROUP}-abc123`, imageId: "image-id", metadata: {} }];

    const up = async (cloud: HeatInCloud, handover = 5) => {
      heat = new FakeHeat(cloud);
      const recorder = new Recorder();
      const scope = await heat.scope();
      recorder.answers["openstack:identity/getAuthScope:getAuthScope"] = () => ({ ...scope });
      const config = validate("ecommerce", { ...AUTO, boot: { ...AUTO.boot, handover } });
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
      assert.equal(asked.match(/GET \/stacks\?name=ecommerce-dev-web\n/g)?.length, 1);
    });

    it("are replaced in the other place, also where nothing is tried out", async () => {
      for (const [turn, next] of [
        ["a", "b"],
        ["b", "a"],
      ] as const) {
        const { parameters } = (await up({ turn }, 0)).one("orchestration/stackV1:StackV1", "store-web");
        assert.equal(Object(parameters).turn, next);
        assert.deepEqual(heat.bodies, []);
        heat.close();
      }
    });
  });
});
