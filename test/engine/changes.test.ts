import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { eventually } from "../support/eventually";
import { failure, openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { ONE_EACH, SMALLEST } from "../support/stack-files";

const database = (changes: object = {}) => ({
  "ecommerce:database": { ...SMALLEST.database, egress: true, volume: { size: 10, onDestroy: "delete" }, ...changes },
});
const OTHER_TYPE = "another-type";
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

  after(async () => {
    await lab.command("reset", TEST_CLOUD);
    // A type cannot go before its volumes.
    const types = await lab.admin.rowsOf("block-storage", "/types", "volume_types");
    const made = types.find(({ name }) => name === OTHER_TYPE);
    if (made) await lab.admin.call("block-storage", `/types/${made.id}`, "DELETE");
  });

  it("that replaces the database server says so in the preview, with what is down; another one does not", async () => {
    const unchanged = await previewed({});
    assert.ok(!unchanged.replaced && !/is replaced|may be replaced/.test(unchanged.said), unchanged.said);
    const more = await previewed({ "ecommerce:web": { ...SMALLEST.web, count: 2 } });
    assert.doesNotMatch(more.said, /is replaced|may be replaced/);
    const flavor = await previewed(database({ flavor: "m1.medium" }));
    assert.match(flavor.said, WARNED);
  });

  it("of users and stores is told to the running database server, and replaces nothing", async () => {
    const server = async () => {
      const found = (await lab.member.list("servers")).find(({ name }) => name === "ecommerce-changes-db-1");
      assert.ok(found);
      return { id: found.id, metadata: Object(found.metadata) as Record<string, string> };
    };
    const changes = database({ readers: ["reports"], stores: ["opencart", "second"] });
    const before = await server();
    // Their passwords are not made yet: the preview does not know what the server will be told, but how much it is.
    const { said, replaced } = await previewed(changes);
    assert.ok(!replaced && !/is replaced|may be replaced/.test(said), said);
    const updated = new Set<string>();
    await (await open(changes)).up({
      onEvent: ({ resourcePreEvent: event }) => {
        if (event && event.metadata.op !== "same" && event.metadata.type === "openstack:compute/instance:Instance")
          updated.add(`${event.metadata.op} ${event.metadata.urn.split("::").at(-1)}`);
      },
    });
    assert.deepEqual([...updated], ["update store-db"]);
    const after = await server();
    assert.equal(after.id, before.id);
    assert.equal(after.metadata["made-from"], before.metadata["made-from"]);
    assert.notEqual(after.metadata["accounts-1"], before.metadata["accounts-1"]);
    assert.deepEqual(Object.keys((await (await open(changes)).preview()).changeSummary), ["same"]);
    await (await open()).up();
    assert.deepEqual((await server()).metadata, before.metadata);
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

  it("of the volume's type needs nothing more once Cinder has changed it", async () => {
    const before = await dataVolume();
    await lab.admin.call("block-storage", "/types", "POST", { volume_type: { name: OTHER_TYPE } });
    const retype = { "os-retype": { new_type: OTHER_TYPE, migration_policy: "on-demand" } };
    await lab.admin.call("block-storage", `/volumes/${before.id}/action`, "POST", retype);
    await eventually(dataVolume, ({ volume_type: type }) => type === OTHER_TYPE, 30);
    const changes = database({ volume: { size: 10, type: OTHER_TYPE, onDestroy: "delete" } });
    assert.ok(!(await previewed(changes)).replaced);
    await (await open(changes)).up();
    assert.equal((await dataVolume()).id, before.id);
  });

  it("of the stack's name keeps the volume and the containers", async () => {
    await (await open()).rename({ stackName: "renamed" });
    const renamed = await lab.open("renamed", {
      ...ONE_EACH,
      ...database({ volume: { size: 10, onDestroy: "delete", formerly: "ecommerce-changes" } }),
    });
    const ended: string[] = [];
    await renamed.preview({
      onEvent: ({ resourcePreEvent: event }) => {
        if (event && /replace|delete/.test(event.metadata.op)) ended.push(event.metadata.type);
      },
    });
    // Their names are their host names.
    assert.ok(ended.includes("openstack:compute/instance:Instance"));
    for (const kept of ["openstack:blockstorage/volume:Volume", "openstack:objectstorage/container:Container"])
      assert.ok(!ended.includes(kept), kept);
  });
});
