import assert from "node:assert/strict";
import { credentialEnvironment } from "../support/application-credential";
import { failure, openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";
import { TierInCloud } from "../support/tier-in-cloud";

const SCALING = { mode: "auto", min: 1, max: 2, window: 30, warmup: 0, rollout: { minInService: 0 } };
const ELASTIC = {
  "ecommerce:web": { ...SMALLEST.web, scaling: SCALING },
  "ecommerce:app": { ...SMALLEST.app, count: 1 },
  "ecommerce:telemetry": { granularity: 5, sampling: 5 },
};

describe("elastic groups under application credentials", function () {
  this.timeout("10m");
  let lab: TestLab;

  before(async () => {
    lab = await openLab();
  });

  after(async () => {
    await lab?.command("reset", TEST_CLOUD);
  });

  it("a restricted one is refused before anything is made, with the way out", async () => {
    const stack = await lab.open("credential", ELASTIC, await credentialEnvironment(lab, false));
    const text = await failure((onOutput) => stack.up({ onOutput }));
    assert.match(text, /ecommerce:web\.scaling\.mode: .*"test-restricted" may not make one: sign in with a password/);
    assert.deepEqual(await lab.member.everything(), {});
  });

  it("an unrestricted one is told Keystone's reason, which Heat keeps back; a password then finishes the store", async () => {
    const refused = await lab.open("credential", ELASTIC, await credentialEnvironment(lab, true));
    const text = await failure((onOutput) => refused.up({ onOutput }));
    assert.match(text, /elastic groups need a trust; the application credential "test-unrestricted" may not make one/);
    assert.deepEqual(await lab.member.list("stacks"), []);
    const stack = await lab.open("credential", ELASTIC);
    await stack.up();
    assert.deepEqual(await new TierInCloud(lab.member, "ecommerce-credential-web").size(), [1, 1]);
  });
});
