import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { timed } from "../support/figures";
import { openLab, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";
import { TierInCloud } from "../support/tier-in-cloud";

const GROUP = "ecommerce-changing-web";
const SCALING = { mode: "auto", min: 2, max: 3, window: 30, cooldown: 15, warmup: 0, rollout: { pause: 0 } };
const STATIC = {
  "ecommerce:web": { ...SMALLEST.web, count: 2 },
  "ecommerce:app": { ...SMALLEST.app, count: 1 },
  "ecommerce:telemetry": { granularity: 5, sampling: 5 },
};
const ELASTIC = { ...STATIC, "ecommerce:web": { ...SMALLEST.web, scaling: SCALING } };

describe("a tier that becomes elastic", function () {
  this.timeout("10m");
  let lab: TestLab;
  let stack: Stack;
  let tier: TierInCloud;

  before(async () => {
    lab = await openLab();
    tier = new TierInCloud(lab.member, GROUP);
    stack = await lab.open("changing", STATIC);
    await stack.up();
  });

  it("becomes so and static again behind the same balancer and address", async () => {
    const before = await stack.outputs();
    for (const config of [ELASTIC, STATIC]) {
      stack = await lab.open("changing", config);
      await stack.up();
      const after = await stack.outputs();
      for (const name of ["loadBalancerIds", "vips", "publicAddress"]) {
        assert.deepEqual(after[name]?.value, before[name]?.value);
      }
      assert.deepEqual(await tier.size(), [2, 2]);
    }
  });

  it("goes away while it is growing, and leaves nothing behind", async () => {
    stack = await lab.open("changing", ELASTIC);
    await stack.up();
    const outputs = await stack.outputs();
    const { stackId } = outputs.scaling?.value.web ?? {};
    const signal = `/stacks/${GROUP}/${stackId}/resources/grow/signal`;
    await lab.member.call("orchestration", signal, "POST", {});
    await timed("destroy with an elastic web tier, while it grows", () => stack.destroy({ remove: true }));
    assert.deepEqual(await lab.member.everything(), {});
  });
});
