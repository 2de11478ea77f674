import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually";
import { figure, timed } from "../support/figures";
import {
  CONTAINER,
  GROWTH,
  IDENTITY,
  KEEPER_SECRETS,
  keeper as keeperOf,
  OTHER_IDENTITY,
  SWIFT,
} from "../support/keeper-args";
import { KeptStore } from "../support/kept-store";
import { VOLUME_ID } from "../support/role-args";
import { machinesWork } from "../support/roots";
import { flipped, gone, truncated, whileSpoilt } from "../support/spoilt-objects";
import type { Volume } from "../support/volume";

const BLANK_ID = "0c3e9e5a-5d6b-4e39-9bd1-6ad3fb4b3f0e";
const COPY_ID = "5b0c7c0a-7a1e-4c59-8a39-5f6f1f0c4f11";
const SNAPSHOT_ID = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
const FOREIGN = `http://${SWIFT}/v1/AUTH_p/media`;

describe("the keeper: backups by the second, in Swift", function () {
  this.timeout("5m");
  let store: KeptStore;
  /** What the backup is restored on. */
  let blank: Volume;
  /** The first second that nobody wants. */
  let accident: number;
  /** Waits for the database server that asks for a restore. */
  let restored: () => Promise<void>;

  const written = (at: number) => new Date(at * 1000).toISOString().replace(".000Z", "Z");
  const restoreTo = (at: number) => ({
    at: written(at),
    containerUrl: CONTAINER,
    identity: IDENTITY,
    restorerPassword: KEEPER_SECRETS.restorer,
  });

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    store = await KeptStore.create();
    // What somebody else keeps in the same container, or in another one that is asked for by mistake.
    for (const url of [CONTAINER, FOREIGN]) {
      for (const name of ["photos/1.jpg", "photos/log/binlog.000001/000000000004-1.age"])
        await store.swift("-X", "PUT", "-d", "not ours", `${url}/${name}`);
    }
  });

  after(async () => {
    await store?.remove();
  });

  it("is ready once the log goes to Swift, and has what is committed there within five seconds", async () => {
    await (await store.databaseOn(await store.volume(VOLUME_ID)))();
    await store.sql(
      "CREATE TABLE opencart.oc_order (order_id INT AUTO_INCREMENT PRIMARY KEY, note TEXT) ENGINE = InnoDB",
    );
    await store.keeperWith({ growth: GROWTH });
    const booted = await timed("keeper role, first boot from its image", () => store.keeper.boot());
    assert.equal(booted.status, "ready", await store.keeper.read("/var/log/ecommerce.log"));
    await store.watch();
    await store.allInSwift(20);
    for (let count = 1; count <= 4; count++) {
      await store.insert(`before the base ${count}`);
      const begun = Date.now();
      await store.allInSwift(5);
      figure("from a commit to Swift", (Date.now() - begun) / 1000);
    }
  });

  it("makes the first base at once, and the next one when it is due", async () => {
    assert.match(await store.ranAsKeeper("base.py"), /a base backup of 2 databases is in Swift[\s\S]*code 0$/);
    assert.equal(await store.ranAsKeeper("base.py"), "code 0");
    const told = JSON.parse(await store.swift(`${CONTAINER}/${await store.found(/\/complete\.json$/)}`));
    assert.deepEqual(told.databases, { ecommerce_backups: 7, opencart: 1 });
    assert.equal(await store.sql("SELECT count(*) FROM ecommerce_backups.bases"), "1");
  });

  it("lets Swift delete what is no longer needed, and has no right to more than it does", async () => {
    const life = async (pattern: RegExp) =>
      Number(
        /^x-delete-after: (\d+)/im.exec(await store.swift("-I", `${CONTAINER}/${await store.found(pattern)}`))?.[1],
      ) / 3600;
    assert.equal(await life(/\/part-0001\.zst\.age$/), 14 * 24 + 24);
    assert.equal(await life(/\/complete\.json$/), 14 * 24 + 24);
    assert.equal(await life(/\/log\/.*\/\d{12}-\d{12}-/), 26);
    await store.sql("FLUSH BINARY LOGS");
    await eventually(
      () => store.objects(),
      (names) => names.some((name) => name.includes("/whole-")),
      15,
    );
    assert.equal(await life(/\/whole-/), 14 * 24 + 48);
    const status = (token: string, ...args: string[]) =>
      store.wire.curl("-o", "/dev/null", "-w", "%{http_code}", "-H", `X-Auth-Token: token-keeper-${token}`, ...args);
    assert.equal(await status("writer", `${CONTAINER}?format=json`), "403");
    assert.equal(await status("reader", "-X", "PUT", `${CONTAINER}/x`), "403");
    assert.equal(await status("reader", `${CONTAINER}?format=json`), "200");
  });

  it("catches up without a gap after Swift was away and the keeper was killed", async () => {
    await store.wire.cut("swift", true);
    await store.insert("while Swift is away");
    await sleep(4000);
    await store.killKeeper();
    await store.insert("while there is no keeper");
    await store.sql("FLUSH BINARY LOGS");
    await store.insert("in the next file");
    await store.keeper.exec("systemctl restart ecommerce-keeper");
    await sleep(3000);
    await store.wire.cut("swift", false);
    await eventually(
      () => store.objects(),
      (names) => names.filter((name) => name.includes("/whole-")).length > 1,
      60,
    );
    await store.database.exec("systemctl restart mariadb");
    await store.insert("after the database itself began anew");
    await store.allInSwift(30);
    for (let count = 0; count < 3; count++) {
      await store.sql("INSERT INTO opencart.oc_order (note) SELECT repeat('x', 1000) FROM opencart.seq_1_to_2000");
      await sleep(1500);
      await store.killKeeper();
      await store.keeper.exec("systemctl restart ecommerce-keeper");
    }
    await store.allInSwift(30);
  });

  it("ships with a clock that is five minutes wrong, by the database's times, and says so", async () => {
    for (const [seconds, way] of [
      [300, "behind"],
      [-300, "ahead of"],
    ] as const) {
      const end = await store.keeperAsIf(`real = time.time\ntime.time = lambda: real() + ${seconds}`);
      try {
        const at = await store.second();
        await store.insert(`with a clock ${seconds} s off`);
        await store.allInSwift(20);
        assert.match(
          await store.keeper.read("/run/as-if.log"),
          new RegExp(`the database's clock is (299|30[01]) s ${way}`),
        );
        const stamps = (await store.objects()).map(
          (name) => /-(\d{8})T(\d{6})Z\.zst\.age$/.exec(name)?.slice(1).join("") ?? "",
        );
        const newest = stamps.toSorted().at(-1) ?? "";
        const shipped = Date.parse(newest.replace(/(....)(..)(..)(..)(..)(..)/, "$1-$2-$3T$4:$5:$6Z")) / 1000;
        assert.ok(shipped >= at - 5 && shipped <= at + 60, `${shipped} at ${at}`);
      } finally {
        await end();
      }
    }
    await store.allInSwift(20);
  });

  it("holds no more of the log than its disk has room for while Swift is away for long, and catches up without a gap", async () => {
    const room = 6 << 20;
    const table = 2 << 20;
    const end = await store.keeperAsIf(
      `shutil.disk_usage = lambda folder: shutil._ntuple_diskusage(0, 0, ${2 * room})`,
    );
    await store.allInSwift(20);
    await store.wire.cut("swift", true);
    const spooled = async () =>
      Number(await store.keeper.exec("du --bytes --summarize /var/lib/ecommerce/keeper/spool | cut -f 1"));
    for (let count = 0; count < 10; count++) {
      await store.sql(
        `SET SESSION binlog_format = ROW; CREATE TABLE opencart.noise AS SELECT repeat('y', 1000) FROM opencart.seq_1_to_2000; DROP TABLE opencart.noise; FLUSH BINARY LOGS`,
      );
      await sleep(500);
      assert.ok((await spooled()) < room + 2 * table);
    }
    await sleep(5000);
    const held = await spooled();
    assert.ok(held >= room - table && held < room + 2 * table, `${held} bytes of ten times ${table}`);
    // The database lets none of it go, and serves on.
    await store.database.exec("bash -c 'SHARE=0 PURGE=shipped bash /usr/local/lib/ecommerce/limit-binlogs.sh'");
    assert.ok(Number(await store.sql("SHOW BINARY LOGS").then((rows) => rows.split("\n").length)) > 10);
    await store.wire.cut("swift", false);
    await store.allInSwift(60);
    await eventually(spooled, (bytes) => bytes < table, 30);
    await end();
    await store.allInSwift(30);
  });

  it("has Cinder make the volume larger when it is 80 % full", async () => {
    const look = () => store.database.exec("bash /usr/local/lib/ecommerce/watch-space.sh");
    const asked = () => store.swift(`http://${SWIFT}/v1/AUTH_p/media/asked-of-cinder`);
    const told = () => store.sql("SELECT gib, used >= 80 FROM ecommerce_backups.space");
    await look();
    assert.equal(await told(), "1\t0");
    await store.database.exec(`set -- $(df --output=size,used -B1 /srv/database | tail -n 1)
      fallocate -l $(($1 * 85 / 100 - $2)) /srv/database/filler`);
    await look();
    assert.equal(await told(), "1\t1");
    const action = `${new URL(GROWTH.url).pathname} {"os-extend": {"new_size": 2}}`;
    await eventually(asked, (lines) => lines.includes(action), 60);
    await store.database.exec("rm /srv/database/filler");
    await look();
    assert.equal(await asked(), action, "once, until the volume had time to grow");
  });

  it("finds in a drill that the backup is good, or that it is not", async () => {
    await sleep(11_000);
    assert.match(
      await timed("a drill of a small shop", () => store.ranAsKeeper("drill.py now")),
      /drill: good[\s\S]*code 0$/,
    );
    await whileSpoilt(store, /\/part-0001\.zst\.age$/, flipped, async () => {
      assert.match(await store.ranAsKeeper("drill.py now"), /drill: bad, .*SHA-256 is another[\s\S]*code 1$/);
    });
    await whileSpoilt(store, /\/whole-/, flipped, async () => {
      assert.match(await store.ranAsKeeper("drill.py now"), /drill: bad, .*cannot be opened[\s\S]*code 1$/);
    });
    const verdicts = await store.sql("SELECT is_good FROM ecommerce_backups.drills ORDER BY id");
    assert.deepEqual(verdicts.split("\n"), ["1", "0", "0"]);
    const told = JSON.parse(await store.swift(`${CONTAINER}/${await store.found(/\/drills\/.*-good\.json$/)}`));
    assert.equal(told.verdict, "good");
    assert.ok(told.newest_event_age_seconds < 20, `${told.newest_event_age_seconds}`);
    assert.equal(await store.keeper.exec("ls -A /var/lib/mysql/ecommerce-drill; pgrep -x mariadbd || true"), "");
  });

  it("restores nothing when the backup or the key is not what it should be, or the time is out of its reach", async () => {
    await store.insert("the last before the accident");
    await store.sql(
      "CREATE USER shopper@localhost IDENTIFIED BY 'x'; GRANT SELECT ON opencart.* TO shopper@localhost; CREATE TABLE ecommerce_accounts.extra (id INT); USE ecommerce_accounts; CREATE TABLE another (id INT)",
    );
    await sleep(1100);
    accident = await store.second();
    await sleep(100);
    await store.sql("INSERT INTO opencart.oc_order (note) VALUES ('too late'); DROP TABLE opencart.oc_order");
    await store.allInSwift(10);
    await store.keeper.exec("systemctl stop ecommerce-keeper");
    await store.database.powerOff();
    blank = await store.volume(BLANK_ID);
    restored = await store.databaseOn(blank, { at: written(accident), restorerPassword: KEEPER_SECRETS.restorer });
    const state = "SHOW DATABASES; SELECT * FROM ecommerce_backups.timeline";
    const before = await eventually(
      () => store.sql(`SELECT count(*) FROM mysql.user WHERE user = 'ecommerce_restorer'; ${state}`).catch(() => ""),
      (told) => told.startsWith("1"),
    );
    await store.keeper.write("/etc/ecommerce/restore.key", `${IDENTITY}\n`);
    await store.keeper.exec("chown keeper /etc/ecommerce/restore.key");
    const tried = async (at: number, containerUrl = CONTAINER) => {
      const role = await keeperOf({ restore: { ...restoreTo(at), containerUrl } });
      for (const file of role.bootFiles)
        if (file.path.endsWith("keeper.json")) await store.keeper.write(file.path, file.content);
      const said = await store.ranAsKeeper("keeper.py");
      assert.equal(`1\n${await store.sql(state)}`, before);
      assert.match(said, /code 78$/);
      return said.split("\n").at(-2) ?? "";
    };
    assert.match(await tried(accident + 3600), /cannot be restored: reachable is \S+Z to \S+Z; nothing was changed$/);
    assert.match(await tried(accident - 86_400), /cannot be restored: reachable is \S+Z to \S+Z; nothing was changed$/);
    await whileSpoilt(store, /\/part-0001\.zst\.age$/, flipped, async () => {
      assert.match(await tried(accident), /SHA-256 is another; nothing was changed$/);
    });
    await whileSpoilt(store, /\/part-0001\.zst\.age$/, gone, async () => {
      assert.match(await tried(accident), /part-0001\.zst\.age is not in the container; nothing was changed$/);
    });
    await whileSpoilt(store, /\/whole-/, gone, async () => {
      assert.match(await tried(accident), /cannot be restored/);
    });
    await whileSpoilt(store, /\/part-0001\.zst\.age$/, truncated, async () => {
      assert.match(await tried(accident), /part-0001\.zst\.age is not what was put there: .*; nothing was changed$/);
    });
    await whileSpoilt(store, /\/complete\.json$/, truncated, async () => {
      assert.match(await tried(accident), /complete\.json does not say what a base consists of; nothing was changed$/);
    });
    await whileSpoilt(store, /\/whole-/, truncated, async () => {
      assert.match(
        await tried(accident),
        /\/whole-.*(cannot be opened|holds \d+ bytes, not \d+).*; nothing was changed$/,
      );
    });
    assert.match(
      await tried(accident, FOREIGN),
      /cannot be restored: the container has no complete base with logs that follow it; nothing was changed$/,
    );
    await store.keeper.write("/etc/ecommerce/restore.key", `${OTHER_IDENTITY}\n`);
    assert.match(
      await tried(accident),
      /cannot be opened: no identity matched any of the recipients; nothing was changed$/,
    );
    await store.assertNoSecretShown();
    await store.keeper.remove();
  });

  it("restores all that was there when a second began, and nothing of what came after", async () => {
    const restore = restoreTo(accident);
    // As a keeper leaves it that is killed while it restores.
    await store.sql("CREATE DATABASE opencart; CREATE TABLE opencart.half_restored (id INT)");
    await store.keeperWith({ restore });
    const booting = store.keeper.boot();
    await eventually(
      () =>
        store.watch().then(
          () => true,
          () => false,
        ),
      Boolean,
      20,
    );
    const booted = await booting;
    assert.equal(booted.status, "ready", await store.keeper.read("/var/log/ecommerce.log"));
    await restored();
    const notes = await store.sql("SELECT note, count(*) FROM opencart.oc_order GROUP BY note ORDER BY min(order_id)");
    assert.deepEqual(
      notes.split("\n").map((line) => line.replace(/x{9,}/, "many")),
      [
        ...[1, 2, 3, 4].map((count) => `before the base ${count}\t1`),
        "while Swift is away\t1",
        "while there is no keeper\t1",
        "in the next file\t1",
        "after the database itself began anew\t1",
        "many\t6000",
        "with a clock 300 s off\t1",
        "with a clock -300 s off\t1",
        "the last before the accident\t1",
      ],
    );
    assert.equal(await store.sql("SHOW TABLES FROM opencart"), "oc_order");
    // Accounts are made by every database server for itself.
    assert.equal(await store.sql("SELECT count(*) FROM mysql.user WHERE user = 'shopper'"), "0");
    assert.equal(await store.sql("SHOW TABLES FROM ecommerce_accounts"), "made\nwanted");
    assert.equal(await store.sql(`SELECT count(*) FROM ecommerce_backups.restored WHERE at = '${restore.at}'`), "1");
    assert.match(await store.ranAsKeeper("base.py"), /code 0$/);
    await store.allInSwift(20);
    const timelines = new Set(
      (await store.objects()).map((name) => name.split("/")[0]).filter((name) => name !== "photos"),
    );
    assert.equal(timelines.size, 2);
    await store.assertNoSecretShown();
  });

  it("begins anew when the database goes on from a snapshot, and adds nothing to the timeline of before", async () => {
    await store.keeperWith();
    assert.equal((await store.keeper.boot()).status, "ready", await store.keeper.read("/var/log/ecommerce.log"));
    await store.insert("before the snapshot");
    const copy = await store.snapshotOf(blank, COPY_ID);
    await store.insert("after the snapshot");
    await store.allInSwift(20);
    const timeline = () => store.sql("SELECT id FROM ecommerce_backups.timeline");
    const before = await timeline();
    const ofBefore = async () => (await store.objects()).filter((name) => name.startsWith(before)).sort();

    await store.database.powerOff();
    // What the keeper has of the log by then still goes to Swift, where it belongs; it looks every 3 s.
    await sleep(10_000);
    const there = await ofBefore();
    await (await store.databaseOn(copy, undefined, SNAPSHOT_ID))();
    assert.equal(
      await store.sql("SELECT note FROM opencart.oc_order WHERE note LIKE '%snapshot'"),
      "before the snapshot",
    );
    await store.insert("on from the snapshot");
    // It ends, for systemd to start it again.
    const running = () => store.keeper.exec("ps -eo args | grep -c '[k]eeper/keeper.py' || true");
    await eventually(running, (count) => count === "0", 60);
    await store.keeper.exec("systemctl restart ecommerce-keeper");
    const after = await timeline();
    assert.notEqual(after, before);
    const { file, position } = await store.logEnd();
    const shipped = () =>
      store.sql(`SELECT count(*) FROM ecommerce_backups.shipped WHERE file = '${file}' AND position >= ${position}`);
    await eventually(shipped, (count) => count === "1", 60);
    assert.match(await store.ranAsKeeper("base.py now"), /a base backup of 2 databases is in Swift[\s\S]*code 0$/);
    assert.ok((await store.objects()).some((name) => name.startsWith(`${after}/base/`)));
    assert.deepEqual(await ofBefore(), there);
  });
});
