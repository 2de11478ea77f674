import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation";
import { repair } from "../../../toolchain/repair/repair";
import { FaultyImage } from "../../support/faulty-image";
import { failure, openLab, TEST_CLOUD, type TestLab } from "../../support/lab";
import { SMALLEST } from "../../support/stack-files";

/** Into the networks and their rules, the servers, the volume's attachment and the balancers. */
const KILLED_AFTER = [7, 12, 14, 16, 12];

/** Only as much store as a fault needs. */
const SMALL = {
  "ecommerce:web": { ...SMALLEST.web, count: 1 },
  "ecommerce:app": { ...SMALLEST.app, count: 1 },
};

describe("faults of the cloud and of the user", function () {
  this.timeout("10m");
  let lab: TestLab;

  before(async () => {
    lab = await openLab();
  });

  afterEach(async () => {
    await lab.command("reset", TEST_CLOUD);
    assert.deepEqual(await lab.member.everything(), {});
  });

  it("bad configuration: one error names every key, and no API is called", async () => {
    const stack = await lab.open("bad", {
      "ecommerce:web": { ...SMALLEST.web, count: 0, colour: "red" },
      "ecommerce:x": 1,
    });
    // A cloud that cannot be reached: a call to any API would be another error.
    await stack.workspace.setAllConfig("bad", { "openstack:authUrl": { value: "http://127.0.0.1:9/v3" } });
    const text = await failure((onOutput) => stack.up({ onOutput }));
    for (const key of ["web.count", "web.colour", "x"]) assert.ok(text.includes(`ecommerce:${key} is `), text);
    assert.ok(!text.includes("127.0.0.1:9"), text);
  });

  it("image and flavor missing: one error names both keys before anything is made", async () => {
    const stack = await lab.open("missing", {
      "ecommerce:web": { image: "no-such-image", flavor: "m1.small" },
      "ecommerce:app": { image: "debian-12", flavor: "no-such-flavor" },
    });
    const text = await failure((onOutput) => stack.up({ onOutput }));
    assert.match(text, /ecommerce:web\.image: "no-such-image" is not there \(see `openstack image list`\)/);
    assert.match(text, /ecommerce:app\.flavor: "no-such-flavor" is not there \(see `openstack flavor list`\)/);
    assert.deepEqual(await lab.member.everything(), {});
  });

  it("quota too small: Nova's words in the error, and the next up goes on where this one stopped", async () => {
    const setInstances = (instances: number) =>
      lab.admin.call("compute", `/os-quota-sets/${lab.member.projectId}`, "PUT", { quota_set: { instances } });
    const stack = await lab.open("quota", SMALL);
    await setInstances(1);
    try {
      const text = await failure((onOutput) => stack.up({ onOutput }));
      assert.match(text, /Quota exceeded for instances/);
    } finally {
      await setInstances(10);
    }
    await stack.up();
    assert.equal((await lab.member.list("servers")).length, 3);
    await stack.destroy({ remove: true });
    assert.deepEqual(await lab.member.everything(), {});
  });

  it("a server in ERROR: up fails with Nova's fault, the next up does not call it success, --replace heals", async () => {
    const image = await FaultyImage.create(lab);
    const stack = await lab.open("error", {
      ...SMALL,
      "ecommerce:web": { ...SMALL["ecommerce:web"], image: FaultyImage.NAME },
    });
    try {
      const first = await failure((onOutput) => stack.up({ onOutput }));
      assert.match(first, /server ecommerce-error-web-1 \([0-9a-f-]{36}\) is in ERROR: .*the hypervisor has no room/);
      const second = await failure((onOutput) => stack.up({ onOutput }));
      assert.match(second, /server ecommerce-error-web-1 \([0-9a-f-]{36}\) is in ERROR: .*the hypervisor has no room/);
      const [, urn = ""] = /pulumi up --replace '([^']+)'/.exec(second) ?? [];
      await image.mend();
      await stack.up({ replace: [urn] });
      assert.deepEqual(
        (await lab.member.list("servers")).map(({ status }) => status),
        ["ACTIVE", "ACTIVE", "ACTIVE"],
      );
      await stack.destroy({ remove: true });
      assert.deepEqual(await lab.member.everything(), {});
    } finally {
      await image.delete();
    }
  });

  it("an API that is away for a while: the next up heals, and nothing is made twice", async () => {
    const stack = await lab.open("away", SMALL);
    await lab.command("stop", "cinder-api");
    try {
      const text = await failure((onOutput) => stack.up({ onOutput }));
      assert.match(text, /store-db/);
    } finally {
      await lab.command("start", "cinder-api");
    }
    await stack.up();
    await expectWhole(lab, stack);
  });

  it("the engine killed in the middle of up, time and again: repair adopts what it left, nothing is made twice", async () => {
    let adopted = 0;
    for (const seconds of KILLED_AFTER) {
      const stack = await lab.open("killed", SMALL);
      await killAfter(seconds, stack, lab);
      await stack.cancel(); // as Pulumi's own message says: the dead engine's lock is still there
      adopted += await repair(stack, lab.env);
    }
    assert.ok(adopted > 0, "no kill hit anything: choose other moments");
    const stack = await lab.open("killed", SMALL);
    await stack.up();
    await expectWhole(lab, stack);
  });
});

/** Plain pulumi, in a process group of its own, so that the engine can be ended without a chance to tidy up. */
async function killAfter(seconds: number, stack: Stack, lab: TestLab): Promise<void> {
  const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name], {
    cwd: stack.workspace.workDir,
    env: { ...process.env, ...lab.env },
    detached: true,
    stdio: "ignore",
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  await sleep(seconds * 1000);
  assert.ok(child.pid);
  assert.equal(child.exitCode, null, "it was through before it could be killed");
  process.kill(-child.pid, "SIGKILL");
  await closed;
}

/** All of the small store is there, once, and goes without a rest. */
async function expectWhole(lab: TestLab, stack: Stack): Promise<void> {
  const everything = await lab.member.everything();
  for (const [kind, names] of Object.entries(everything)) {
    const named = names.filter((name) => name !== "" && !String(name).startsWith("octavia-lb-"));
    assert.equal(new Set(named).size, named.length, `${kind} made twice: ${named}`);
  }
  assert.equal(everything.servers?.length, 3);
  assert.equal(everything.networks?.length, 3);
  await stack.destroy({ remove: true });
  assert.deepEqual(await lab.member.everything(), {});
}
