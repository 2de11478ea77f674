import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { failure, openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { ONE_EACH, SMALLEST } from "../support/stack-files";

const database = (changes: object = {}) => ({
  "ecommerce:database": { ...SMALLEST.database, egress: true, volume: { size: 10, onDestroy: "delete" }, ...changes },
});
const WARNED = /ecommerce-changes-db-1 is replaced\. Then the shop is closed/;

describe("a change of a store's stack file", function () {
  this.timeout("5m");
  let lab: TestLab;

  const open = (changes: Readonly<Record<string, unknown>> = {}): Promise<Stack> =>
    lab.open("changes", { ...ONE_EACH, ...database(), ...changes });
  /** What a preview says, and how many resources it would replace. */
  const previewed = async (changes: Readonly<Record<string, unknown>>) => {
    let said = "";
    const stack = await open(changes);
    const onOutput = (text: string) => {
      said += text;
    };
    const { changeSummary } = await stack.preview({ onOutput });
    return { said, replaced: Object.keys(changeSummary).some((step) => step.includes("replace")) };
  };
  const dataVolume = async () => {
    const [volume] = await lab.member.list("volumes");
    assert.ok(volume);
    return volume;
  };

  before(async () => {
    lab = await openLab();
    await (await open()).up();
  });

  it("that replaces the database server says so in the preview, with what is down; another one does not", async () => {
    const unchanged = await previewed({});
    assert.ok(!unchanged.replaced && !/is replaced|may be replaced/.test(unchanged.said), unchanged.said);
    const more = await previewed({ "ecommerce:web": { ...SMALLEST.web, count: 2 } });
    assert.doesNotMatch(more.said, /is replaced|may be replaced/);
    // Its password is not made yet, so that the preview does not know what the server will be made from.
    const reader = await previewed(database({ readers: ["reports"] }));
    assert.ok(reader.replaced);
    assert.match(reader.said, WARNED);
    const flavor = await previewed(database({ flavor: "m1.medium" }));
    assert.match(flavor.said, WARNED);
  });

  it("that would take away what the store has is refused, all of it in one error", async () => {
    const stack = await open({
      ...database({ stores: ["second", "opencart"], volume: { size: 10, type: "other", onDestroy: "delete" } }),
      "ecommerce:network": { web: { cidr: "10.30.0.0/24" } },
    });
    const said = await failure((onOutput) => stack.up({ onOutput }));
    assert.match(said, /the stack file would take away what the store has; nothing was created or changed/);
    for (const key of ["database.volume.type", "database.stores.0", "network.web.cidr"]) {
      assert.ok(said.includes(`ecommerce:${key}: `), said);
    }
  });

  it("of the stack's name keeps the volume and the containers, whatever is in them", async () => {
    await lab.member.call("object-store", "/ecommerce-changes-static/page.html", "PUT", "page", "text/html");
    const volume = await dataVolume();
    await (await open()).rename({ stackName: "renamed" });
    const renamed = await lab.open("renamed", {
      ...ONE_EACH,
      ...database({ volume: { size: 10, onDestroy: "delete", formerly: "ecommerce-changes" } }),
    });
    await renamed.up();
    assert.equal((await dataVolume()).id, volume.id);
    assert.deepEqual(await lab.member.text("object-store", "/ecommerce-changes-static"), "page.html\n");
    await renamed.rename({ stackName: "changes" });
    await (await open()).up();
  });

  it("of the volume's type needs nothing more once Cinder has changed it", async () => {
    const before = await dataVolume();
    const other = "another-type";
    await lab.admin.call("block-storage", "/types", "POST", { volume_type: { name: other } });
    try {
      const retype = { "os-retype": { new_type: other, migration_policy: "on-demand" } };
      await lab.admin.call("block-storage", `/volumes/${before.id}/action`, "POST", retype);
      for (let tries = 0; (await dataVolume()).volume_type !== other; tries += 1) {
        assert.ok(tries < 30, "Cinder has not changed the type");
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
      const changes = database({ volume: { size: 10, type: other, onDestroy: "delete" } });
      assert.ok(!(await previewed(changes)).replaced);
      await (await open(changes)).up();
      assert.equal((await dataVolume()).id, before.id);
    } finally {
      // The volume's type cannot go before the volume.
      await lab.command("reset", TEST_CLOUD);
      const { volume_types: types } = await lab.admin.call("block-storage", "/types");
      const made = (types as { id: string; name: string }[]).find(({ name }) => name === other);
      if (made) await lab.admin.call("block-storage", `/types/${made.id}`, "DELETE");
    }
  });
});
