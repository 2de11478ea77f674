import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Stack } from "@pulumi/pulumi/automation";
import { environment } from "../../components/scaling/nested";
import type { GroupParameter } from "../../components/scaling/template";
import { trialRequest } from "../../components/scaling/trial";
import { eventually } from "../support/eventually";
import { FaultyImage } from "../support/faulty-image";
import { timed } from "../support/figures";
import { template } from "../support/group-template";
import { failure, openLab, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";
import { are, TierInCloud } from "../support/tier-in-cloud";

const SCALING = {
  mode: "auto",
  min: 1,
  max: 2,
  window: 30,
  cooldown: 15,
  warmup: 0,
  rollout: { pause: 0, minInService: 0 },
};
const TELEMETRY = { granularity: 5, sampling: 5 };
const WEB = { ...SMALLEST.web, scaling: SCALING };
const elastic = (web: object = {}, telemetry: object = {}) => ({
  "ecommerce:web": { ...WEB, ...web },
  "ecommerce:app": { ...SMALLEST.app, count: 1 },
  "ecommerce:telemetry": { ...TELEMETRY, ...telemetry },
});

describe("elastic groups and what may befall them", function () {
  this.timeout("10m");
  let lab: TestLab;
  let stack: Stack;
  let image: FaultyImage;
  const tier = () => new TierInCloud(lab.member, "ecommerce-befallen-web");
  const open = async (web?: object, telemetry?: object) => {
    stack = await lab.open("befallen", elastic(web, telemetry));
  };
  const expectNothingToDo = async () => {
    const { changeSummary } = await stack.preview();
    assert.deepEqual({ ...changeSummary, same: 0 }, { same: 0 });
  };

  before(async () => {
    lab = await openLab();
    image = await FaultyImage.create(lab);
  });

  after(async () => {
    await image?.delete();
  });

  it("tells Heat's innermost reason when a group fails to come up, and leaves no stack of Heat's", async () => {
    await open({ image: FaultyImage.NAME });
    const text = await failure((onOutput) => stack.up({ onOutput }));
    const end = text.slice(-3000);
    assert.match(text, /Heat stack ecommerce-befallen-web: server: .*the hypervisor has no room for this/, end);
    assert.match(text, /The failed stack is deleted/, end);
    assert.deepEqual(await lab.member.list("stacks"), []);
    assert.deepEqual(await tier().size(), [0, 0]);
  });

  it("comes up once the cause is gone", async () => {
    await image.mend();
    await stack.up();
    assert.deepEqual(await tier().size(), [1, 1]);
    await expectNothingToDo();
  });

  it("boots from volumes, and scales by its secret URL, without alarms", async () => {
    await open({ rootDisk: { size: 10 } }, { driver: "heat-signal" });
    await stack.up();
    assert.deepEqual(await lab.member.rowsOf("alarming", "/v2/alarms"), []);
    assert.equal((await lab.member.list("volumes")).filter(({ bootable }) => bootable === "true").length, 1);
    const { scalingUrls, scaling } = await stack.outputs();
    assert.equal(scalingUrls?.secret, true);
    assert.equal(scaling?.secret, false);
    await expectNothingToDo();
    const answer = await fetch(scalingUrls?.value.web.grow, { method: "POST" });
    assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
    await eventually(() => tier().size(), are(2), 120);
    await expectNothingToDo();
  });

  /** Of two members one dies. */
  const oneDies = async () => {
    assert.deepEqual(await tier().size(), [2, 2]);
    const [dead, other] = await tier().members();
    assert.ok(dead && other);
    await lab.command("member", dead.id, "ERROR");
    return async (size: number) => {
      const ids = (await tier().members()).map(({ id }) => id);
      const isRid = ids.length === size && !ids.includes(dead.id) && ids.includes(other.id);
      return isRid && (await tier().active()) === size;
    };
  };

  it("lets a member go that the balancer finds dead, where the group is larger than its least size", async () => {
    await open({ scaling: { ...SCALING, heal: true } });
    await stack.up();
    if ((await tier().active()) === 1) {
      const { scaling } = await stack.outputs();
      const signal = `/stacks/${tier().name}/${scaling?.value.web.stackId}/resources/grow/signal`;
      await lab.member.call("orchestration", signal, "POST", {});
      await eventually(() => tier().size(), are(2), 120);
    }
    const has = await oneDies();
    await eventually(() => has(1), Boolean, 180);
    await expectNothingToDo();
  });

  it("replaces a member that the balancer finds dead, where the group would be too small without", async () => {
    await open({ scaling: { ...SCALING, min: 2, max: 3, heal: true } });
    await stack.up();
    const has = await oneDies();
    await timed("from a dead member to its replacement in the pool", () => eventually(() => has(2), Boolean, 180));
    await expectNothingToDo();
  });

  it("has templates that Heat validates and previews, whatever the group is", async () => {
    const outputs = await stack.outputs();
    const only = (rows: readonly Record<string, unknown>[], name: string) =>
      String(rows.find((one) => one.name === name)?.id);
    const imageId = only(await lab.member.rowsOf("image", "/v2/images", "images"), "debian-12");
    const parameters: Partial<Record<GroupParameter, string>> = {
      network: outputs.networkIds?.value.web,
      subnet: outputs.subnetIds?.value.web,
      security_group: outputs.securityGroupIds?.value.web,
      server_group: only(await lab.member.list("server_groups"), tier().name),
      turn: "b",
    };
    const aPool = only(await lab.member.list("pools"), tier().name);
    const variants = [
      {},
      { rootDisk: 10 },
      { zone: "nova" },
      { scaling: { heal: true } },
      { telemetry: { driver: "heat-signal" } },
      { ports: { pool: 80, https_pool: 443 } },
      { ports: {} },
    ];
    for (const variant of variants) {
      const ports = variant.ports ?? { pool: 80 };
      const sent = JSON.parse(environment("#cloud-config\n"));
      const files = Object.fromEntries(
        Object.values<string>(sent.resource_registry).map((url) => [url, readFileSync(new URL(url), "utf8")]),
      );
      const body = { template: template({ imageId, ...variant }), environment: sent, files };
      await lab.member.call("orchestration", "/validate", "POST", body);
      const name = "ecommerce-variant";
      const { stack: seen } = await lab.member.call("orchestration", "/stacks/preview", "POST", {
        ...body,
        // Any pool will do.
        parameters: { ...parameters, ...Object.fromEntries(Object.keys(ports).map((pool) => [pool, aPool])) },
        stack_name: name,
      });
      const { network = "", subnet = "", security_group = "", server_group = "" } = parameters;
      const { timeout_mins: _, ...onTrial } = trialRequest({
        name,
        template: template({ imageId, ...variant }),
        parameters: { network, subnet, security_group, server_group },
        userData: "#cloud-config\n",
        seconds: 60,
      });
      const { stack: tried } = await lab.member.call("orchestration", "/stacks/preview", "POST", onTrial);
      assert.match(JSON.stringify(tried), /OS::Nova::Server/);
      const memberships = JSON.stringify(seen).match(/OS::Octavia::PoolMember/g)?.length ?? 0;
      assert.equal(memberships > 0, Object.keys(ports).length > 0, JSON.stringify(variant));
    }
  });

  it("goes, and leaves nothing behind", async () => {
    await stack.destroy({ remove: true });
    assert.deepEqual(await lab.member.everything(), {});
  });
});
