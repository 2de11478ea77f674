import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { Volume } from "../support/machine";

const SCRIPTS = path.join(ROOT, "components/cloud-init/scripts");

/** The database role's own function, on a device of the test's. */
const examine = (device: string) =>
  run(
    "bash",
    [
      "-c",
      `set -euo pipefail; role=database phase=boot; . common.sh; . database.sh; LOG=/dev/null; database_examine "$0"`,
      device,
    ],
    { cwd: SCRIPTS, reject: false, all: true },
  );

describe("the database's volume, before it is touched", function () {
  this.timeout("2m");
  let folder: string;
  let volume: Volume;

  before(function () {
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-volume-"));
    volume = await Volume.create(folder, "volume", 256);
  });

  afterEach(async () => {
    await volume.remove();
    await rm(folder, { recursive: true });
  });

  const content = async () => (await run("sha256sum", [volume.file])).stdout;

  it("is formatted when it is blank, and accepted as it is from then on", async () => {
    assert.equal((await examine(volume.device)).exitCode, 0);
    const formatted = await content();
    assert.equal((await examine(volume.device)).exitCode, 0);
    assert.equal(await content(), formatted);
  });

  const foreign: Readonly<Record<string, readonly string[]>> = {
    "somebody else's file system": ["mkfs.ext4", "-q", "-L", "photos"],
    "another kind of file system": ["mkswap"],
    // A master boot record with one Linux partition.
    "a partition table": [
      "bash",
      "-c",
      String.raw`printf '\x80\0\0\0\x83\0\0\0\0\x08\0\0\0\xf8\x07\0' | dd of="$0" bs=1 seek=446 conv=notrunc status=none
        printf '\x55\xaa' | dd of="$0" bs=1 seek=510 conv=notrunc status=none`,
    ],
  };
  for (const [what, [command = "", ...args]] of Object.entries(foreign)) {
    it(`is left alone when it holds ${what}`, async () => {
      await run(command, [...args, volume.device]);
      const before = await content();
      const { exitCode, stdout } = await examine(volume.device);
      assert.equal(exitCode, 1);
      assert.match(stdout, /holds something that is not ours .*nothing was changed/);
      assert.equal(await content(), before);
    });
  }

  it("is left alone when its file system has lost its first block", async () => {
    assert.equal((await examine(volume.device)).exitCode, 0);
    await run("dd", ["if=/dev/zero", `of=${volume.device}`, "bs=4096", "count=1", "status=none"]);
    const before = await content();
    const { exitCode, stdout } = await examine(volume.device);
    assert.equal(exitCode, 1);
    assert.match(stdout, /file system is damaged; nothing was changed/);
    assert.equal(await content(), before);
  });

  it("is left alone when it cannot be read", async () => {
    const gone = path.join(folder, "gone");
    const { exitCode, stdout } = await examine(gone);
    assert.notEqual(exitCode, 0);
    assert.doesNotMatch(stdout, /ready/);
  });
});
