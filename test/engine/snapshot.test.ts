import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { dependents } from "../../commands/dependents/dependents";
import { ownSnapshots, remove, take } from "../../commands/snapshot/snapshots";
import { signIn } from "../../commands/stack/sign-in";
import { type CloudApi, cloudApi } from "../../components/cloud/api";
import type { Snapshot } from "../../components/cloud/snapshots";
import { Naming } from "../../components/core/naming";
import { failure, openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { ONE_EACH, SMALLEST } from "../support/stack-files";

const NAMING = new Naming("ecommerce", "snapshot");
const MISSING = "00000000-0000-4000-8000-000000000001";
const database = (restore?: object) => ({
  "ecommerce:database": {
    ...SMALLEST.database,
    egress: true,
    volume: { size: 10, onDestroy: "delete" },
    ...(restore && { restore }),
  },
});

describe("a snapshot of a store's volume", function () {
  this.timeout("5m");
  let lab: TestLab;
  let cloud: CloudApi;
  let snapshot: Snapshot;

  const open = (restore?: object): Promise<Stack> => lab.open("snapshot", { ...ONE_EACH, ...database(restore) });
  const volumes = async () =>
    new Map((await lab.member.list("volumes")).map((volume) => [String(volume.name), volume] as const));

  before(async () => {
    lab = await openLab();
    const stack = await open();
    await stack.up();
    cloud = cloudApi(await signIn(await stack.getAllConfig(), lab.env));
  });

  after(async () => {
    await lab.command("reset", TEST_CLOUD);
  });

  it("is taken while the volume is in use, and listed", async () => {
    const { databaseVolumeId } = await (await open()).outputs();
    snapshot = await take(cloud, NAMING, String(databaseVolumeId?.value));
    assert.equal(snapshot.status, "available");
    assert.deepEqual(
      (await ownSnapshots(cloud, NAMING)).map(({ id, metadata }) => [id, metadata.owner]),
      [[snapshot.id, "ecommerce-snapshot"]],
    );
  });

  it("is in the way of a destroyed stack, which says so before anything goes", async () => {
    const found = await dependents(await open(), lab.env);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", new RegExp(`npm run snapshot -- snapshot --delete ${snapshot.id}$`));
  });

  it("is refused as what a restore is from where there is none of that id", async () => {
    const stack = await open({ snapshot: MISSING });
    const said = await failure((onOutput) => stack.up({ onOutput }));
    assert.match(said, /ecommerce:database\.restore\.snapshot: "00000000\S+" is not there/);
  });

  it("is gone back to on a volume of its own, and the one of before is kept", async () => {
    const stack = await open({ snapshot: snapshot.id });
    await stack.up();
    const found = await volumes();
    const restored = found.get(`ecommerce-snapshot-db-data-${snapshot.id}`);
    assert.deepEqual([restored?.snapshot_id, restored?.status], [snapshot.id, "in-use"]);
    assert.equal(found.get("ecommerce-snapshot-db-data")?.status, "available");
    const { changeSummary } = await stack.preview();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("may go once its volume is there, and then the stack may go too", async () => {
    await remove(cloud, NAMING, snapshot.id);
    const stack = await open({ snapshot: snapshot.id });
    const { changeSummary } = await stack.preview();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
    assert.deepEqual(await dependents(stack, lab.env), []);
    await stack.destroy();
    assert.deepEqual(await lab.member.everything(), {});
  });
});
