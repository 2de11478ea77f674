import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { VOLUME_ID } from "../support/role-args";
import { machinesWork } from "../support/roots";
import { Volume } from "../support/volume";

const SCRIPTS = path.join(ROOT, "components/cloud-init/scripts");

/** One of the database role's own functions, on devices of the test's. */
const role = (command: string, env: Readonly<Record<string, string>> = {}) =>
  run(
    "bash",
    ["-c", `set -euo pipefail; role=database phase=boot; . common.sh; . database.sh; LOG=/dev/null; ${command}`],
    { cwd: SCRIPTS, env, reject: false },
  );
const examine = (device: string) => role(`database_examine "$DEVICE"`, { DEVICE: device });

describe("the database's volume, before it is touched", function () {
  this.timeout("2m");
  let folder: string;
  let volume: Volume;

  before(async function () {
    if (!(await machinesWork())) return this.skip();
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-volume-"));
    volume = await Volume.create(folder, VOLUME_ID, 256);
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

  it("is left alone when it cannot be read to its end", async () => {
    // Behind the loop device the last megabytes are gone, as on a volume whose backend has lost them.
    await run("truncate", ["-s", "128M", volume.file]);
    const before = await content();
    const { exitCode, stdout } = await examine(volume.device);
    assert.equal(exitCode, 1);
    assert.match(stdout, /cannot be read; nothing was changed/);
    assert.equal(await content(), before);
  });

  it("is left alone when it is another store's, unless the stack was renamed", async () => {
    const owner = path.join(folder, "owner");
    const check = (formerly = "") =>
      role(`MOUNT=${folder}; database_check_owner`, { OWNER: "shop-new", FORMERLY: formerly });
    await writeFile(owner, "shop-old");
    const { exitCode, stdout } = await check();
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /belongs to shop-old, not to shop-new; nothing was changed.* database\.volume\.formerly: shop-old/,
    );
    assert.equal((await check("shop-else")).exitCode, 1);
    assert.equal(await readFile(owner, "utf8"), "shop-old");
    assert.equal((await check("shop-old")).exitCode, 0);
    assert.equal(await readFile(owner, "utf8"), "shop-new");
    assert.equal((await check()).exitCode, 0);
  });

  it("is found by its own id only, however blank another one is", async () => {
    const links = path.join(folder, "by-id");
    await mkdir(links);
    const find = () =>
      role("database_device", { VOLUME_ID: volume.id, DISKS: links, BLOCKS: path.join(folder, "none") });
    const short = volume.id.slice(0, 20);
    for (const name of [
      "virtio-another-volume-00000",
      `virtio-${short}-part1`,
      `scsi-0QEMU_QEMU_HARDDISK_${volume.id}-part1`,
      `virtio-${volume.id.slice(0, 19)}`,
      `virtio-0${short}`,
      `scsi-0QEMU_QEMU_HARDDISK_${short}${"0".repeat(16)}`,
      "wwn-0x5000c500a1b2c3d4",
    ])
      await symlink(volume.device, path.join(links, name));
    assert.equal((await find()).exitCode, 1);
    for (const name of [
      `virtio-${short}`,
      `scsi-0QEMU_QEMU_HARDDISK_${volume.id}`,
      `scsi-0QEMU_QEMU_HARDDISK_${short}`,
      `nvme-QEMU_NVMe_Ctrl_${short}`,
      `nvme-QEMU_NVMe_Ctrl_${short}_1`,
    ]) {
      await symlink(volume.device, path.join(links, name));
      assert.equal((await find()).stdout, volume.device);
      await rm(path.join(links, name));
    }
  });

  it("is found by its serial number where it has no name but a WWN", async () => {
    const blocks = path.join(folder, "block");
    const find = () =>
      role("database_device", { VOLUME_ID: volume.id, DISKS: path.join(folder, "none"), BLOCKS: blocks });
    const short = volume.id.slice(0, 20);
    const page = (serial: string) => `\0\x80\0${String.fromCharCode(serial.length)}${serial}`;
    const serials = {
      "device/vpd_pg80": [page(volume.id), page(short)],
      serial: [short],
      "device/serial": [`${short}\n`],
    };
    for (const [file, contents] of Object.entries(serials)) {
      const place = path.join(blocks, path.basename(volume.device), file);
      await mkdir(path.dirname(place), { recursive: true });
      for (const other of [page("0".repeat(36)), page(`${short}${"0".repeat(16)}`), short.slice(1), ""]) {
        await writeFile(place, other, "latin1");
        assert.equal((await find()).exitCode, 1, `${file}: ${other}`);
      }
      for (const content of contents) {
        await writeFile(place, content, "latin1");
        assert.equal((await find()).stdout, volume.device, file);
      }
      await rm(place);
    }
  });
});
