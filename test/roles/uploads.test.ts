import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually";
import { figure } from "../support/figures";
import type { Machine } from "../support/machine";
import { boots, Rack } from "../support/rack";
import { DATABASE, roles } from "../support/role-args";
import { machinesWork } from "../support/roots";
import type { Wire } from "../support/wire";

const SWIFT = "10.20.1.50";
const CONTAINER = `http://${SWIFT}/v1/AUTH_p/media`;
const MEDIA = { authUrl: `http://${SWIFT}/v3`, containerUrl: CONTAINER, credentialId: "credential", secret: "secret" };
const IMAGES = "/var/www/shop/image/catalog";
const STATE = "/var/lib/ecommerce/media";
const asShop = "setpriv --reuid=www-data --regid=www-data --clear-groups";
/** Files on the server and in the container that memory is measured with; a million take half an hour. */
const MANY = Number(process.env.UPLOADS ?? 60_000);

interface Nasty {
  readonly statuses?: Readonly<Record<string, number>>;
  readonly bytesASecond?: Readonly<Record<string, number>>;
  readonly fill?: number;
  readonly empty?: boolean;
}

describe("uploads on two servers and a Swift that makes trouble, on real roots", function () {
  this.timeout(`${10 + MANY / 20_000}m`);
  let rack: Rack;
  let wire: Wire;
  let one: Machine;
  let other: Machine;

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    const { services, database } = await roles(undefined, MEDIA);
    rack = await Rack.create("uploads", { services, database });
    ({ wire } = rack);
    await wire.plug("database", [DATABASE.host]);
    await wire.plug("services", ["10.20.1.10"]);
    await wire.plug("services-2", ["10.20.1.11"]);
    await wire.plug("swift", [SWIFT]);
    wire.serve("swift", "swift.py");
    await boots(await rack.machine("database", "database", database));
    one = await rack.machine("services", "services", services);
    other = await rack.machine("services-2", "services", services);
    for (const server of [one, other]) {
      await boots(server);
      // As the installation of a release leaves them.
      const folders = `${IMAGES} /var/www/shop/image/cache ${STATE} /var/lib/ecommerce/storage/download /var/lib/ecommerce/storage/upload`;
      await server.exec(
        `install -d -o www-data -g www-data ${folders}; chgrp www-data /etc/ecommerce/media.json; ${first()}`,
      );
      await start(server);
    }
  });

  after(async () => {
    await rack?.remove();
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    for (const server of [one, other]) process.stdout.write(`${server.name}:\n${await log(server)}\n`);
  });

  const first = () => `${asShop} php /usr/local/lib/ecommerce/media/sync.php first`;
  const PID = "/run/ecommerce-media.pid";
  /** As its unit does. */
  const start = (server: Machine) =>
    server.exec(
      `setsid ${asShop} php /usr/local/lib/ecommerce/media/sync.php </dev/null >>/var/log/ecommerce-media.log 2>&1 & echo $! >${PID}`,
    );
  const stop = (server: Machine) => server.exec(`kill $(cat ${PID}); sleep 0.3`);
  const log = (server: Machine) => server.read("/var/log/ecommerce-media.log");
  const swift = (...args: string[]) => wire.curl("-f", "-H", "X-Auth-Token: test", ...args);
  const nasty = (trouble: Nasty) => swift("-X", "PUT", "-d", JSON.stringify(trouble), `http://${SWIFT}/nasty`);
  const put = (name: string, text: string) => swift("-X", "PUT", "--data-binary", text, `${CONTAINER}/${name}`);
  const drop = (name: string) => swift("-X", "DELETE", `${CONTAINER}/${name}`);
  /** Without what servers tell each other. */
  const objects = async () => {
    const rows: readonly { readonly name: string }[] = JSON.parse(
      await swift(`${CONTAINER}?format=json&marker=.z&limit=3000`),
    );
    return rows.map(({ name }) => name);
  };
  /** As the shop does it: elsewhere first, then at its place at once. */
  const upload = (server: Machine, name: string, text: string) =>
    server.exec(
      `printf %s '${text}' >/tmp/upload; chown www-data: /tmp/upload; mv /tmp/upload '${IMAGES}/${name.replace("image/", "")}'`,
    );
  const onDisk = (server: Machine, name: string) =>
    server.exec(`cat '${IMAGES}/${name.replace("image/", "")}' 2>/dev/null || true`);
  const comes = (server: Machine, name: string, text: string, seconds = 10) =>
    eventually(
      () => onDisk(server, name),
      (found) => found === text,
      seconds,
    );
  const ships = (name: string, seconds = 10) => eventually(objects, (names) => names.includes(name), seconds);
  const says = (server: Machine, what: RegExp, seconds = 15) =>
    eventually(
      () => log(server),
      (text) => what.test(text),
      seconds,
    );

  it("a file that one server takes, changes and deletes is taken, changed and deleted by the other within 10 s each", async () => {
    await upload(one, "image/stays.png", "stays");
    for (const [step, text] of [
      ["taken", "first"],
      ["changed", "second"],
    ] as const) {
      await upload(one, "image/a.png", text);
      const begun = Date.now();
      await comes(other, "image/a.png", text);
      figure(`from a file ${step} on one server to the other's disk`, (Date.now() - begun) / 1000);
    }
    await one.exec(`mkdir ${IMAGES}/new; chown www-data: ${IMAGES}/new`);
    await upload(one, "image/new/b.png", "in a new folder");
    await comes(other, "image/new/b.png", "in a new folder");
    // A folder is an object too; one that no server has compared yet would be made anew.
    await ships("image/new/");
    await sleep(8000);
    await one.exec(`rm ${IMAGES}/a.png; rm -r ${IMAGES}/new`);
    await comes(other, "image/a.png", "");
    await eventually(
      () => other.exec(`ls ${IMAGES}`),
      (names) => names === "stays.png",
      15,
    );
  });

  it("one object that Swift answers with 503 keeps nobody waiting, whichever way it goes, and comes when it can", async () => {
    await nasty({ statuses: { "image/bad-here.png": 503, "image/bad-there.png": 503 } });
    await nasty({ statuses: { "image/bad-here.png": 503, "image/bad-there.png": 503 } });
    await upload(one, "image/bad-here.png", "bad");
    await put("image/bad-there.png", "bad").catch(() => "");
    for (const name of ["image/aa.png", "image/zz.png"]) {
      await upload(one, name, name);
      await comes(other, name, name);
    }
    await says(one, /image\/bad-here\.png: Swift answers 503; trying again later/);
    assert.doesNotMatch(await log(one), /until it works/);
    await nasty({});
    await comes(other, "image/bad-here.png", "bad", 60);
  });

  it("a Swift that is away is said once, and what was taken meanwhile comes when it is back", async () => {
    await wire.cut("swift", true);
    try {
      await upload(one, "image/meanwhile.png", "meanwhile");
      await says(one, /10\.20\.1\.50.*; trying again until it works/, 90);
    } finally {
      await wire.cut("swift", false);
    }
    await comes(other, "image/meanwhile.png", "meanwhile", 90);
    assert.equal((await log(one)).match(/until it works/g)?.length, 1);
    await says(one, /Swift answers again/);
  });

  it("a file that is on its way for longer than other files may wait keeps none of them waiting", async () => {
    await nasty({ bytesASecond: { "image/long.bin": 80_000 } });
    // Thirty seconds there, and thirty more to the other server.
    await one.exec(
      `head -c 2400000 /dev/urandom >/tmp/long; touch -d '1 hour ago' /tmp/long; chown www-data: /tmp/long; mv /tmp/long ${IMAGES}/long.bin`,
    );
    await sleep(6000);
    assert.ok(!(await objects()).includes("image/long.bin"));
    await upload(one, "image/beside.png", "beside");
    await comes(other, "image/beside.png", "beside");
    assert.ok(!(await objects()).includes("image/long.bin"));
    await ships("image/long.bin", 60);
    await upload(other, "image/beside-too.png", "beside too");
    await comes(one, "image/beside-too.png", "beside too");
    await eventually(
      () => other.exec(`stat -c %s ${IMAGES}/long.bin 2>/dev/null || true`),
      (size) => size === "2400000",
      70,
    );
    await nasty({});
    await one.exec(`rm ${IMAGES}/long.bin`);
    await comes(other, "image/long.bin", "", 20);
  });

  it("the container wins where both sides have changed, and what only one has changed comes to the other", async () => {
    for (const name of ["both", "here", "there"]) await upload(one, `image/${name}.png`, "before");
    for (const name of ["both", "here", "there"]) await comes(other, `image/${name}.png`, "before");
    await stop(other);
    await upload(other, "image/both.png", "of the server");
    await upload(other, "image/here.png", "of the server");
    await put("image/both.png", "of the container");
    await put("image/there.png", "of the container");
    await start(other);
    for (const server of [one, other]) {
      await comes(server, "image/both.png", "of the container", 15);
      await comes(server, "image/here.png", "of the server", 15);
      await comes(server, "image/there.png", "of the container", 15);
    }
  });

  it("killed in the midst of a file it begins anew, and leaves no draft", async () => {
    await nasty({ bytesASecond: { "image/cut.bin": 10 } });
    await put("image/cut.bin", "c".repeat(100)).catch(() => "");
    const drafts = () => other.exec(`find ${IMAGES} -name '.media-*'`);
    const draft = await eventually(drafts, (found) => found !== "", 20);
    await other.exec("kill -KILL $(cat /run/ecommerce-media.pid)");
    assert.equal(await onDisk(other, "image/cut.bin"), "");
    await other.exec(`touch -d '2 days ago' ${draft}`);
    await nasty({});
    await start(other);
    await comes(other, "image/cut.bin", "c".repeat(100));
    assert.equal(await drafts(), "");
  });

  it("a disk that is nearly full takes no more of the others' uploads, says so, and still ships its own", async () => {
    await stop(other);
    await other.exec(
      `cp -a ${IMAGES} /tmp/kept; mount -t tmpfs -o size=4m,uid=33,gid=33,mode=755 none ${IMAGES}; cp -a /tmp/kept/. ${IMAGES}`,
    );
    await start(other);
    for (let number = 0; number < 6; number += 1)
      await upload(one, `image/large-${number}.bin`, `${number}`.repeat(10));
    await one.exec(
      `for n in 0 1 2 3 4 5; do head -c 1000000 /dev/zero | tr '\\0' $n >/tmp/l; chown www-data: /tmp/l; mv /tmp/l ${IMAGES}/large-$n.bin; done`,
    );
    await says(other, /the disk is nearly full/, 30);
    const left = Number(await other.exec(`df --output=avail -B1 ${IMAGES} | tail -1`));
    assert.ok(left >= 4 * 1024 * 1024 * 0.02, `${left} bytes are left to the shop`);
    await upload(other, "image/of-the-full.png", "full");
    await comes(one, "image/of-the-full.png", "full");
    await one.exec(`rm ${IMAGES}/large-[0-3].bin`);
    await eventually(
      () => other.exec(`cd ${IMAGES}; stat -c '%n %s' large-*.bin | tr '\\n' ' '`),
      (sizes) => sizes.trim() === "large-4.bin 1000000 large-5.bin 1000000",
      40,
    );
    await says(other, /the disk has room again/);
    await stop(other);
    await other.exec(`cp -a ${IMAGES}/. /tmp/kept; umount ${IMAGES}; cp -a /tmp/kept/. ${IMAGES}; rm -r /tmp/kept`);
    await other.exec(`cd ${IMAGES}; rm -f large-[0-3].bin`);
    await start(other);
  });

  it("a container emptied by mistake empties no server, until that is confirmed", async () => {
    for (let number = 0; number < 15; number += 1) await upload(one, `image/kept-${number}.png`, "kept");
    await comes(other, "image/kept-14.png", "kept");
    const listed = (server: Machine) => server.exec(`find ${IMAGES} -type f | sort`);
    const before = await listed(one);
    await eventually(
      () => listed(other),
      (found) => found === before,
      15,
    );
    // What is newer is put once more.
    await sleep(6000);
    await nasty({ empty: true });
    for (const server of [one, other]) await says(server, /uploads are not in the container any more: they stay here/);
    await sleep(8000);
    for (const server of [one, other]) assert.equal(await listed(server), before);
    // Uploads go on meanwhile.
    await upload(one, "image/later.png", "later");
    await comes(other, "image/later.png", "later");
    await put(".allow/deletions", "");
    await eventually(
      async () => [await listed(one), await listed(other)],
      (found) => found.every((files) => files === `${IMAGES}/later.png`),
      30,
    );
    await drop(".allow/deletions");
  });

  it("memory does not grow with the number of files, nor does the time until a new one is everywhere", async () => {
    await stop(other);
    await nasty({ fill: MANY });
    const make = `import os
for number in range(${MANY}):
    folder = f"${IMAGES}/fill/{number // 1000:04}"
    if number % 1000 == 0: os.makedirs(folder)
    with open(f"{folder}/{number:07}.jpg", "w") as file: file.write(str(number))
    os.utime(file.name, (1e9, 1e9))`;
    await other.exec(`python3 -c '${make}'; chown -R www-data: ${IMAGES}/fill`);
    const begun = Date.now();
    await other.exec(`${asShop} php -d memory_limit=32M /usr/local/lib/ecommerce/media/sync.php first`);
    figure(`first comparison of ${MANY} files`, (Date.now() - begun) / 1000);
    const again = Date.now();
    await other.exec(`${asShop} php -d memory_limit=32M /usr/local/lib/ecommerce/media/sync.php first`);
    figure(`comparison of ${MANY} files`, (Date.now() - again) / 1000);
    await start(other);
    await eventually(
      () => other.exec(`test ${STATE}/compared -nt /run/ecommerce-media.pid && echo yes || true`),
      (said) => said === "yes",
      60 + MANY / 2000,
    );
    const peak = Number(await other.exec("awk '/^VmHWM/ {print $2}' /proc/$(cat /run/ecommerce-media.pid)/status"));
    process.stdout.write(`      ${Math.round(peak / 1024)} MiB of memory with ${MANY} files\n`);
    assert.ok(peak < 64 * 1024, `${peak} KiB`);
    await sleep(2000);
    await upload(other, "image/fill/0003/new.png", "new");
    await ships("image/fill/0003/new.png", 10).catch(() => "");
    await comes(one, "image/fill/0003/new.png", "new");
  });
});
