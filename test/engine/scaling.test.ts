import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation";
import { eventually } from "../support/eventually";
import { timed } from "../support/figures";
import { openLab, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";
import { Telemetry } from "../support/telemetry";
import { are, TierInCloud } from "../support/tier-in-cloud";

const GROUP = "ecommerce-elastic-web";
const WARMUP = 10;
const SCALING = { mode: "auto", min: 2, max: 3, window: 30, cooldown: 15, warmup: WARMUP, rollout: { pause: 0 } };
const ELASTIC = {
  "ecommerce:web": { ...SMALLEST.web, scaling: SCALING },
  "ecommerce:app": { ...SMALLEST.app, count: 1 },
  "ecommerce:telemetry": { granularity: 5, sampling: 5 },
};
const OTHER_USER_DATA = { "ecommerce:boot": { timeServers: ["203.0.113.1"] } };

describe("an elastic tier under load", function () {
  this.timeout("10m");
  let lab: TestLab;
  let stack: Stack;
  let telemetry: Telemetry;
  let tier: TierInCloud;

  before(async () => {
    lab = await openLab();
    telemetry = new Telemetry(lab.admin, 1);
    tier = new TierInCloud(lab.member, GROUP);
    stack = await lab.open("elastic", ELASTIC);
  });

  after(async () => {
    await telemetry?.stop();
  });

  /** @throws when the group's size is another at any time in these seconds */
  const staysAt = async (count: number, seconds: number) => {
    for (let second = 0; second < seconds; second += 3) {
      assert.equal(await tier.active(), count);
      await sleep(3000);
    }
  };
  const expectNothingToDo = async () => {
    const { changeSummary } = await stack.preview();
    assert.deepEqual({ ...changeSummary, same: 0 }, { same: 0 });
  };

  it("comes up at its smallest size, with every member in the pool, and nothing to do afterwards", async () => {
    await timed("up with an elastic web tier, from an empty cloud", () => stack.up());
    assert.deepEqual(await tier.size(), [2, 2]);
    await expectNothingToDo();
    await stack.refresh();
    await expectNothingToDo();
  });

  it("is left alone by load on servers of nobody's, or of another project that uses the same name", async () => {
    const flavors = await lab.admin.call("compute", "/flavors");
    const images = await lab.admin.call("image", "/v2/images?name=cirros");
    const first = (list: unknown) => (Array.isArray(list) ? String(list[0]?.id) : "");
    const server = {
      name: "busy-neighbour",
      flavorRef: first(flavors.flavors),
      imageRef: first(images.images),
      networks: "none",
      metadata: { "metering.server_group": GROUP },
    };
    const made = await lab.admin.call("compute", "/servers", "POST", { server }, "application/json", "2.37");
    assert.ok(typeof made.server === "object" && made.server !== null && "id" in made.server);
    try {
      telemetry.set(GROUP, 30);
      telemetry.only(String(made.server.id), 100);
      await staysAt(2, 60);
      assert.ok(telemetry.has(String(made.server.id)), "nobody sampled the neighbour");
    } finally {
      await lab.admin.call("compute", `/servers/${made.server.id}`, "DELETE");
    }
  });

  it("grows by one at 80 %, into the pool, and never beyond its largest size", async () => {
    await timed("from the first busy sample to a new member in the pool, window 30 s", async () => {
      telemetry.set(GROUP, 80);
      await eventually(() => tier.size(), are(3), 120);
    });
    const [newest = 0] = await tier.secondsToJoin();
    // Both times are whole seconds.
    assert.ok(newest >= WARMUP - 1, `a server joined the pool ${newest} s after its start`);
    await staysAt(3, 60);
  });

  it("keeps its size through new user data, which replaces every server", async () => {
    await expectNothingToDo();
    const before = new Set((await tier.servers()).map(({ id }) => id));
    stack = await lab.open("elastic", { ...ELASTIC, ...OTHER_USER_DATA });
    const sizes: (readonly number[])[] = [];
    await timed("rolling update of three servers", async () => {
      const up = stack.up().then(() => true);
      while (!(await Promise.race([up, sleep(1000, false)]))) sizes.push(await tier.size());
    });
    const seen = JSON.stringify(sizes);
    // Each server is there before its predecessor goes, and takes its place in the pool before its predecessor leaves it.
    assert.ok(sizes.length > 0 && sizes.every((both) => both.every((one) => one >= 3)), seen);
    assert.ok(
      sizes.some(([servers = 0]) => servers > 3),
      seen,
    );
    assert.deepEqual(await tier.size(), [3, 3]);
    assert.ok((await tier.servers()).every(({ id }) => !before.has(id)));
    await expectNothingToDo();
  });

  it("stays as it is at 30 %", async () => {
    telemetry.set(GROUP, 30);
    await sleep(40_000); // what the window still holds is older
    const now = await tier.active();
    await staysAt(now, 45);
  });

  it("shrinks by one at a time at 10 %, out of the pool, and never below its smallest size", async () => {
    telemetry.set(GROUP, 10);
    const before = (await tier.servers()).map(({ id }) => String(id));
    await eventually(() => tier.size(), are(2), 120);
    await staysAt(2, 60);
    const after = new Set((await tier.servers()).map(({ id }) => id));
    const [gone = ""] = before.filter((id) => !after.has(id));
    const { ended_at: ended } = await lab.member.call("metric", `/v1/resource/instance/${gone}`);
    assert.ok(ended, "alarms would go on counting a server that is gone");
  });

  it("is larger at once when its least size is, which replaces nobody, and then shrinks by load alone", async () => {
    telemetry.set(GROUP, 30);
    const ids = async () => (await tier.servers()).map(({ id }) => String(id));
    const before = await ids();
    const sized = (min: number) =>
      lab.open("elastic", {
        ...ELASTIC,
        ...OTHER_USER_DATA,
        "ecommerce:web": { ...SMALLEST.web, scaling: { ...SCALING, min } },
      });
    await timed("up with one more as the least size", async () => (await sized(3)).up());
    assert.deepEqual(await tier.size(), [3, 3]);
    const after = await ids();
    assert.ok(before.every((id) => after.includes(id)));
    await (await sized(2)).up();
    assert.deepEqual([await tier.size(), await ids()], [[3, 3], after]);
  });
});
