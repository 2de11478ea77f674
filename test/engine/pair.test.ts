import assert from "node:assert/strict";
import { openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { ONE_EACH, SMALLEST } from "../support/stack-files";

const database = (mode: "single" | "pair") => ({
  ...SMALLEST.database,
  mode,
  egress: true,
  volume: { size: 10, onDestroy: "delete" },
  backups: { image: "debian-12", flavor: "m1.small" },
});
const config = (mode: "single" | "pair") => ({
  ...ONE_EACH,
  "ecommerce:access": { packages: ["198.51.100.1/32"], services: ["127.0.0.1/32"] },
  "ecommerce:database": database(mode),
});

describe("a single database server that becomes a pair", function () {
  this.timeout("10m");
  let lab: TestLab;

  before(async () => {
    lab = await openLab();
  });
  after(async () => {
    await lab.command("reset", TEST_CLOUD);
  });

  it("keeps its volume, and the second server has one of its own; then nothing changes any more", async () => {
    await (await lab.open("pair", config("single"))).up();
    const [before] = await lab.member.list("volumes");
    const stack = await lab.open("pair", config("pair"));
    const { outputs } = await stack.up();
    assert.equal(outputs.databaseVolumeId?.value, before?.id);
    const volumes = await lab.member.list("volumes");
    assert.deepEqual(volumes.map(({ name }) => name).sort(), ["ecommerce-pair-db-data", "ecommerce-pair-db-data-2"]);
    const { changeSummary } = await stack.preview();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("is refused as a single server again", async () => {
    const stack = await lab.open("pair", config("single"));
    await assert.rejects(stack.up(), /ecommerce:database\.mode/);
  });
});
