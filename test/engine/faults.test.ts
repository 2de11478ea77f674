import assert from "node:assert/strict";
import { FaultyImage } from "../support/faulty-image";
import { failure, type TestLab, withLabEmptiedAfterEach } from "../support/lab";
import { ONE_EACH, SMALLEST } from "../support/stack-files";

describe("faults of the cloud and of the user", function () {
  this.timeout("10m");
  let lab: TestLab;

  withLabEmptiedAfterEach((given) => {
    lab = given;
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

  it("quota too small: Nova's words in the error, and the next up goes on where this one stopped, or says how", async () => {
    const setInstances = (instances: number) =>
      lab.admin.call("compute", `/os-quota-sets/${lab.member.projectId}`, "PUT", { quota_set: { instances } });
    const stack = await lab.open("quota", ONE_EACH);
    let replace: string[] = [];
    await setInstances(1);
    try {
      const text = await failure((onOutput) => stack.up({ onOutput }));
      assert.match(text, /Quota exceeded for instances/);
    } finally {
      await setInstances(10);
    }
    // Nova may have taken a server before it saw that there was no room: that one is in ERROR, and the next up says what to do.
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const said = await stack.up(replace.length > 0 ? { replace } : {}).then(() => "", String);
      replace = [...said.matchAll(/pulumi up --replace '([^']+)'/g)].flatMap(([, urn]) => urn ?? []);
      if (said === "") break;
      assert.ok(replace.length > 0 && attempt < 3, said);
    }
    assert.deepEqual(
      (await lab.member.list("servers")).map(({ status }) => status),
      ["ACTIVE", "ACTIVE", "ACTIVE"],
    );
  });

  it("a server in ERROR: up fails with Nova's fault, the next up does not call it success, --replace heals", async () => {
    const image = await FaultyImage.create(lab);
    const stack = await lab.open("error", {
      ...ONE_EACH,
      "ecommerce:web": { ...ONE_EACH["ecommerce:web"], image: FaultyImage.NAME },
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
    } finally {
      await image.delete();
    }
  });
});
