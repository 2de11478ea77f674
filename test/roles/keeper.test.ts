import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { databaseRole, type RestoreArgs } from "../../components/cloud-init/roles/database";
import { eventually } from "../support/eventually";
import { figure, timed } from "../support/figures";
import {
  CONTAINER,
  GROWTH,
  IDENTITY,
  KEEPER,
  KEEPER_SECRETS,
  keeper as keeperOf,
  OTHER_IDENTITY,
  SWIFT,
} from "../support/keeper-args";
import { Machine } from "../support/machine";
import { BASE, DATABASE, databaseArgs, roles, VOLUME_ID } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { Volume } from "../support/volume";
import { Wire } from "../support/wire";

const BLANK_ID = "0c3e9e5a-5d6b-4e39-9bd1-6ad3fb4b3f0e";
const COPY_ID = "5b0c7c0a-7a1e-4c59-8a39-5f6f1f0c4f11";
const SNAPSHOT_ID = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
const FOREIGN = `http://${SWIFT}/v1/AUTH_p/media`;
const AS_KEEPER = "setpriv --reuid=keeper --regid=keeper --clear-groups python3 -B /usr/local/lib/ecommerce/keeper";

describe("the keeper: backups by the second, in Swift", function () {
  this.timeout("5m");
  let folder: string;
  let roots: string;
  let wire: Wire;
  const volumes: Volume[] = [];
  let database: Machine;
  let keeper: Machine;
  /** The first second that nobody wants. */
  let accident: number;
  /** Waits for the database server that asks for a restore. */
  let restored: () => Promise<void>;

  /** @returns what waits until it has booted */
  const databaseOn = async (volume: Volume, restore?: RestoreArgs, snapshot?: string) => {
    const backups = { keeperPassword: KEEPER_SECRETS.password, restore };
    const role = databaseRole({ ...(await databaseArgs()), volumeId: volume.id, snapshot, backups });
    const userData = renderUserData(role, { hostname: "database", mode: "image", base: BASE });
    database = await Machine.create({ name: "database", root: "database", roots, userData, volume });
    const booted = database.boot();
    return async () => assert.equal((await booted).status, "ready", await database.read("/var/log/ecommerce.log"));
  };
  const keeperWith = async (more: Parameters<typeof keeperOf>[0] = {}) => {
    const userData = renderUserData(await keeperOf(more), { hostname: "keeper", mode: "image", base: BASE });
    keeper = await Machine.create({ name: "keeper", root: "keeper", roots, userData });
    return keeper;
  };
  const sql = async (statement: string) => {
    await database.write("/run/statement.sql", statement);
    return database.exec("mysql -N </run/statement.sql");
  };
  const swift = (...args: string[]) =>
    wire.curl("--retry", "5", "--retry-all-errors", "-H", "X-Auth-Token: test", ...args);
  const objects = async (): Promise<string[]> =>
    JSON.parse(await swift(`${CONTAINER}?format=json`)).map(({ name }: { name: string }) => name);
  /** Bytes of a file of the log that are in Swift. */
  const inSwift = async (file: string) => {
    const ends = (await objects()).map((name) => new RegExp(`/log/${file}/\\w+-(\\d{12})-`).exec(name)?.[1] ?? 0);
    return Math.max(0, ...ends.map(Number));
  };
  const logEnd = async () => {
    const [file = "", position] = (await sql("SHOW MASTER STATUS")).split("\t");
    return { file, position: Number(position) };
  };
  const allInSwift = async (seconds: number) => {
    const { file, position } = await logEnd();
    await eventually(
      () => inSwift(file),
      (end) => end >= position,
      seconds,
    );
  };
  const insert = (note: string) => sql(`INSERT INTO opencart.oc_order (note) VALUES ('${note}')`);
  /** The database's clock. */
  const second = async () => Number(await sql("SELECT floor(UNIX_TIMESTAMP(NOW(3)))"));
  const written = (at: number) => new Date(at * 1000).toISOString().replace(".000Z", "Z");
  const restoreTo = (at: number) => ({
    at: written(at),
    containerUrl: CONTAINER,
    identity: IDENTITY,
    restorerPassword: KEEPER_SECRETS.restorer,
  });
  /** @returns what it says, with its code at the end */
  const ranAsKeeper = (command: string) => keeper.exec(`timeout 120 ${AS_KEEPER}/${command} 2>&1; echo "code $?"`);
  const PROGRAM = "/usr/local/lib/ecommerce/keeper/keeper.py";
  /** Runs the keeper as if its server were another one. @param patch in Python, before it starts @returns what ends it */
  const keeperAsIf = async (patch: string) => {
    await keeper.exec("systemctl stop ecommerce-keeper");
    const lines = ["import runpy, shutil, sys, time", patch, `sys.path.insert(0, "${path.dirname(PROGRAM)}")`];
    await keeper.write("/run/as-if.py", `${lines.join("\n")}\nrunpy.run_path("${PROGRAM}", run_name="__main__")\n`);
    const command = "setpriv --reuid=keeper --regid=keeper --clear-groups python3 -B /run/as-if.py";
    await keeper.exec(`setsid ${command} </dev/null >/run/as-if.log 2>&1 & echo $! >/run/as-if.pid`);
    return async () => {
      await keeper.exec("kill -KILL $(cat /run/as-if.pid); sleep 0.5; systemctl restart ecommerce-keeper");
    };
  };
  const killed = () => keeper.exec("kill -KILL $(cat /run/ecommerce-keeper.pid)");
  /** All command lines from now on. */
  const watched = () => keeper.exec("(while sleep 0.1; do ps -eo args; done) >>/run/seen-processes 2>&1 &");
  const sawNoSecret = async () => {
    await keeper.write("/run/secrets", `${[...Object.values(KEEPER_SECRETS), IDENTITY].join("\n")}\n`);
    const places = "/run/seen-processes /var/log/*.log /var/lib/ecommerce";
    assert.equal(await keeper.exec(`grep -rsF -f /run/secrets ${places} || true`), "");
    assert.ok(Number(await keeper.exec("grep -c keeper.py /run/seen-processes")) > 5);
  };
  /** Does something while an object is another one, or none. */
  const without = async (name: string, change: (file: string) => Promise<string[]>, work: () => Promise<void>) => {
    const file = path.join(folder, "object");
    const life = /^x-delete-after: (\d+)/im.exec(await swift("-I", `${CONTAINER}/${name}`))?.[1] ?? "1";
    await swift("-o", file, `${CONTAINER}/${name}`);
    const kept = await readFile(file);
    await swift(...(await change(file)), `${CONTAINER}/${name}`);
    try {
      await work();
    } finally {
      await writeFile(file, kept);
      await swift("-T", file, "-H", `X-Delete-After: ${life}`, `${CONTAINER}/${name}`);
    }
  };
  const flipped = async (file: string) => {
    const bytes = await readFile(file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(file, bytes);
    return ["-T", file];
  };
  const truncated = async (file: string) => {
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
    return ["-T", file];
  };
  const gone = async () => ["-X", "DELETE"];
  const found = async (pattern: RegExp) => {
    const name = (await objects()).find((one) => pattern.test(one));
    assert.ok(name, `no object is named ${pattern}`);
    return name;
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-keeper-"));
    roots = await buildRoots({
      database: renderImageScript((await roles()).database, BASE),
      keeper: renderImageScript(await keeperOf(), BASE),
    });
    wire = await Wire.create();
    await wire.plug("ecommerce-database", [DATABASE.host]);
    await wire.plug("ecommerce-keeper", [KEEPER]);
    await wire.plug("ecommerce-swift", [SWIFT]);
    wire.serve("ecommerce-swift", "swift.py");
    // What somebody else keeps in the same container, or in another one that is asked for by mistake.
    for (const url of [CONTAINER, FOREIGN]) {
      for (const name of ["photos/1.jpg", "photos/log/binlog.000001/000000000004-1.age"])
        await swift("-X", "PUT", "-d", "not ours", `${url}/${name}`);
    }
    for (const id of [VOLUME_ID, BLANK_ID]) volumes.push(await Volume.create(folder, id, 1024));
  });

  after(async () => {
    for (const one of [keeper, database]) await one?.remove();
    for (const one of volumes) await one.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("is ready once the log goes to Swift, and has what is committed there within five seconds", async () => {
    const [volume] = volumes;
    assert.ok(volume);
    await (await databaseOn(volume))();
    await sql("CREATE TABLE opencart.oc_order (order_id INT AUTO_INCREMENT PRIMARY KEY, note TEXT) ENGINE = InnoDB");
    await keeperWith({ growth: GROWTH });
    const booted = await timed("keeper role, first boot from its image", () => keeper.boot());
    assert.equal(booted.status, "ready", await keeper.read("/var/log/ecommerce.log"));
    await watched();
    await allInSwift(20);
    for (let count = 1; count <= 4; count++) {
      await insert(`before the base ${count}`);
      const begun = Date.now();
      await allInSwift(5);
      figure("from a commit to Swift", (Date.now() - begun) / 1000);
    }
  });

  it("makes the first base at once, and the next one when it is due", async () => {
    assert.match(await ranAsKeeper("base.py"), /a base backup of 2 databases is in Swift[\s\S]*code 0$/);
    assert.equal(await ranAsKeeper("base.py"), "code 0");
    const told = JSON.parse(await swift(`${CONTAINER}/${await found(/\/complete\.json$/)}`));
    assert.deepEqual(told.databases, { ecommerce_backups: 7, opencart: 1 });
    assert.equal(await sql("SELECT count(*) FROM ecommerce_backups.bases"), "1");
  });

  it("lets Swift delete what is no longer needed, and has no right to more than it does", async () => {
    const life = async (pattern: RegExp) =>
      Number(/^x-delete-after: (\d+)/im.exec(await swift("-I", `${CONTAINER}/${await found(pattern)}`))?.[1]) / 3600;
    assert.equal(await life(/\/part-0001\.zst\.age$/), 14 * 24 + 24);
    assert.equal(await life(/\/complete\.json$/), 14 * 24 + 24);
    assert.equal(await life(/\/log\/.*\/\d{12}-\d{12}-/), 26);
    await sql("FLUSH BINARY LOGS");
    await eventually(objects, (names) => names.some((name) => name.includes("/whole-")), 15);
    assert.equal(await life(/\/whole-/), 14 * 24 + 48);
    const status = (token: string, ...args: string[]) =>
      wire.curl("-o", "/dev/null", "-w", "%{http_code}", "-H", `X-Auth-Token: token-keeper-${token}`, ...args);
    assert.equal(await status("writer", `${CONTAINER}?format=json`), "403");
    assert.equal(await status("reader", "-X", "PUT", `${CONTAINER}/x`), "403");
    assert.equal(await status("reader", `${CONTAINER}?format=json`), "200");
  });

  it("catches up without a gap after Swift was away and the keeper was killed", async () => {
    await wire.cut("ecommerce-swift", true);
    await insert("while Swift is away");
    await sleep(4000);
    await killed();
    await insert("while there is no keeper");
    await sql("FLUSH BINARY LOGS");
    await insert("in the next file");
    await keeper.exec("systemctl restart ecommerce-keeper");
    await sleep(3000);
    await wire.cut("ecommerce-swift", false);
    await eventually(objects, (names) => names.filter((name) => name.includes("/whole-")).length > 1, 60);
    await database.exec("systemctl restart mariadb");
    await insert("after the database itself began anew");
    await allInSwift(30);
    for (let count = 0; count < 3; count++) {
      await sql("INSERT INTO opencart.oc_order (note) SELECT repeat('x', 1000) FROM opencart.seq_1_to_2000");
      await sleep(1500);
      await killed();
      await keeper.exec("systemctl restart ecommerce-keeper");
    }
    await allInSwift(30);
  });

  it("ships with a clock that is five minutes wrong, by the database's times, and says so", async () => {
    for (const [seconds, way] of [
      [300, "behind"],
      [-300, "ahead of"],
    ] as const) {
      const end = await keeperAsIf(`real = time.time\ntime.time = lambda: real() + ${seconds}`);
      try {
        const at = await second();
        await insert(`with a clock ${seconds} s off`);
        await allInSwift(20);
        assert.match(await keeper.read("/run/as-if.log"), new RegExp(`the database's clock is (299|30[01]) s ${way}`));
        const stamps = (await objects()).map(
          (name) => /-(\d{8})T(\d{6})Z\.zst\.age$/.exec(name)?.slice(1).join("") ?? "",
        );
        const newest = stamps.toSorted().at(-1) ?? "";
        const shipped = Date.parse(newest.replace(/(....)(..)(..)(..)(..)(..)/, "$1-$2-$3T$4:$5:$6Z")) / 1000;
        assert.ok(shipped >= at - 5 && shipped <= at + 60, `${shipped} at ${at}`);
      } finally {
        await end();
      }
    }
    await allInSwift(20);
  });

  it("holds no more of the log than its disk has room for while Swift is away for long, and catches up without a gap", async () => {
    const room = 6 << 20;
    const table = 2 << 20;
    const end = await keeperAsIf(`shutil.disk_usage = lambda folder: shutil._ntuple_diskusage(0, 0, ${2 * room})`);
    await allInSwift(20);
    await wire.cut("ecommerce-swift", true);
    const spooled = async () =>
      Number(await keeper.exec("du --bytes --summarize /var/lib/ecommerce/keeper/spool | cut -f 1"));
    for (let count = 0; count < 10; count++) {
      await sql(
        `SET SESSION binlog_format = ROW; CREATE TABLE opencart.noise AS SELECT repeat('y', 1000) FROM opencart.seq_1_to_2000; DROP TABLE opencart.noise; FLUSH BINARY LOGS`,
      );
      await sleep(500);
      assert.ok((await spooled()) < room + 2 * table);
    }
    await sleep(5000);
    const held = await spooled();
    assert.ok(held >= room - table && held < room + 2 * table, `${held} bytes of ten times ${table}`);
    // The database lets none of it go, and serves on.
    await database.exec("bash -c 'SHARE=0 PURGE=shipped bash /usr/local/lib/ecommerce/limit-binlogs.sh'");
    assert.ok(Number(await sql("SHOW BINARY LOGS").then((rows) => rows.split("\n").length)) > 10);
    await wire.cut("ecommerce-swift", false);
    await allInSwift(60);
    await eventually(spooled, (bytes) => bytes < table, 30);
    await end();
    await allInSwift(30);
  });

  it("has Cinder make the volume larger when it is 80 % full", async () => {
    const look = () => database.exec("bash /usr/local/lib/ecommerce/watch-space.sh");
    const asked = () => swift(`http://${SWIFT}/v1/AUTH_p/media/asked-of-cinder`);
    const told = () => sql("SELECT gib, used >= 80 FROM ecommerce_backups.space");
    await look();
    assert.equal(await told(), "1\t0");
    await database.exec(`set -- $(df --output=size,used -B1 /srv/database | tail -n 1)
      fallocate -l $(($1 * 85 / 100 - $2)) /srv/database/filler`);
    await look();
    assert.equal(await told(), "1\t1");
    const action = `${new URL(GROWTH.url).pathname} {"os-extend": {"new_size": 2}}`;
    await eventually(asked, (lines) => lines.includes(action), 60);
    await database.exec("rm /srv/database/filler");
    await look();
    assert.equal(await asked(), action, "once, until the volume had time to grow");
  });

  it("finds in a drill that the backup is good, or that it is not", async () => {
    await sleep(11_000);
    assert.match(
      await timed("a drill of a small shop", () => ranAsKeeper("drill.py now")),
      /drill: good[\s\S]*code 0$/,
    );
    await without(await found(/\/part-0001\.zst\.age$/), flipped, async () => {
      assert.match(await ranAsKeeper("drill.py now"), /drill: bad, .*SHA-256 is another[\s\S]*code 1$/);
    });
    await without(await found(/\/whole-/), flipped, async () => {
      assert.match(await ranAsKeeper("drill.py now"), /drill: bad, .*cannot be opened[\s\S]*code 1$/);
    });
    const verdicts = await sql("SELECT is_good FROM ecommerce_backups.drills ORDER BY id");
    assert.deepEqual(verdicts.split("\n"), ["1", "0", "0"]);
    const told = JSON.parse(await swift(`${CONTAINER}/${await found(/\/drills\/.*-good\.json$/)}`));
    assert.equal(told.verdict, "good");
    assert.ok(told.newest_event_age_seconds < 20, `${told.newest_event_age_seconds}`);
    assert.equal(await keeper.exec("ls -A /var/lib/mysql/ecommerce-drill; pgrep -x mariadbd || true"), "");
  });

  it("restores nothing when the backup or the key is not what it should be, or the time is out of its reach", async () => {
    await insert("the last before the accident");
    await sql(
      "CREATE USER shopper@localhost IDENTIFIED BY 'x'; GRANT SELECT ON opencart.* TO shopper@localhost; CREATE TABLE ecommerce_accounts.extra (id INT); USE ecommerce_accounts; CREATE TABLE another (id INT)",
    );
    await sleep(1100);
    accident = await second();
    await sleep(100);
    await sql("INSERT INTO opencart.oc_order (note) VALUES ('too late'); DROP TABLE opencart.oc_order");
    await allInSwift(10);
    await keeper.exec("systemctl stop ecommerce-keeper");
    const [, blank] = volumes;
    assert.ok(blank);
    await database.powerOff();
    restored = await databaseOn(blank, { at: written(accident), restorerPassword: KEEPER_SECRETS.restorer });
    const state = "SHOW DATABASES; SELECT * FROM ecommerce_backups.timeline";
    const before = await eventually(
      () => sql(`SELECT count(*) FROM mysql.user WHERE user = 'ecommerce_restorer'; ${state}`).catch(() => ""),
      (told) => told.startsWith("1"),
    );
    await keeper.write("/etc/ecommerce/restore.key", `${IDENTITY}\n`);
    await keeper.exec("chown keeper /etc/ecommerce/restore.key");
    const tried = async (at: number, containerUrl = CONTAINER) => {
      const role = await keeperOf({ restore: { ...restoreTo(at), containerUrl } });
      for (const file of role.bootFiles)
        if (file.path.endsWith("keeper.json")) await keeper.write(file.path, file.content);
      const said = await ranAsKeeper("keeper.py");
      assert.equal(`1\n${await sql(state)}`, before);
      assert.match(said, /code 78$/);
      return said.split("\n").at(-2) ?? "";
    };
    assert.match(await tried(accident + 3600), /cannot be restored: reachable is \S+Z to \S+Z; nothing was changed$/);
    assert.match(await tried(accident - 86_400), /cannot be restored: reachable is \S+Z to \S+Z; nothing was changed$/);
    await without(await found(/\/part-0001\.zst\.age$/), flipped, async () => {
      assert.match(await tried(accident), /SHA-256 is another; nothing was changed$/);
    });
    await without(await found(/\/part-0001\.zst\.age$/), gone, async () => {
      assert.match(await tried(accident), /part-0001\.zst\.age is not in the container; nothing was changed$/);
    });
    await without(await found(/\/whole-/), gone, async () => {
      assert.match(await tried(accident), /cannot be restored/);
    });
    await without(await found(/\/part-0001\.zst\.age$/), truncated, async () => {
      assert.match(await tried(accident), /part-0001\.zst\.age is not what was put there: .*; nothing was changed$/);
    });
    await without(await found(/\/complete\.json$/), truncated, async () => {
      assert.match(await tried(accident), /complete\.json does not say what a base consists of; nothing was changed$/);
    });
    await without(await found(/\/whole-/), truncated, async () => {
      assert.match(
        await tried(accident),
        /\/whole-.*(cannot be opened|holds \d+ bytes, not \d+).*; nothing was changed$/,
      );
    });
    assert.match(
      await tried(accident, FOREIGN),
      /cannot be restored: the container has no complete base with logs that follow it; nothing was changed$/,
    );
    await keeper.write("/etc/ecommerce/restore.key", `${OTHER_IDENTITY}\n`);
    assert.match(
      await tried(accident),
      /cannot be opened: no identity matched any of the recipients; nothing was changed$/,
    );
    await sawNoSecret();
    await keeper.remove();
  });

  it("restores all that was there when a second began, and nothing of what came after", async () => {
    const restore = restoreTo(accident);
    // As a keeper leaves it that is killed while it restores.
    await sql("CREATE DATABASE opencart; CREATE TABLE opencart.half_restored (id INT)");
    await keeperWith({ restore });
    const booting = keeper.boot();
    await eventually(
      () =>
        watched().then(
          () => true,
          () => false,
        ),
      Boolean,
      20,
    );
    const booted = await booting;
    assert.equal(booted.status, "ready", await keeper.read("/var/log/ecommerce.log"));
    await restored();
    const notes = await sql("SELECT note, count(*) FROM opencart.oc_order GROUP BY note ORDER BY min(order_id)");
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
    assert.equal(await sql("SHOW TABLES FROM opencart"), "oc_order");
    // Accounts are made by every database server for itself.
    assert.equal(await sql("SELECT count(*) FROM mysql.user WHERE user = 'shopper'"), "0");
    assert.equal(await sql("SHOW TABLES FROM ecommerce_accounts"), "made\nwanted");
    assert.equal(await sql(`SELECT count(*) FROM ecommerce_backups.restored WHERE at = '${restore.at}'`), "1");
    assert.match(await ranAsKeeper("base.py"), /code 0$/);
    await allInSwift(20);
    const timelines = new Set((await objects()).map((name) => name.split("/")[0]).filter((name) => name !== "photos"));
    assert.equal(timelines.size, 2);
    await sawNoSecret();
  });

  it("begins anew when the database goes on from a snapshot, and adds nothing to the timeline of before", async () => {
    await keeper.remove();
    await keeperWith();
    assert.equal((await keeper.boot()).status, "ready", await keeper.read("/var/log/ecommerce.log"));
    await insert("before the snapshot");
    const [, restoredOn] = volumes;
    assert.ok(restoredOn);
    await database.exec("fsfreeze --freeze /srv/database");
    const copy = await restoredOn.copied(folder, COPY_ID);
    volumes.push(copy);
    await database.exec("fsfreeze --unfreeze /srv/database");
    await insert("after the snapshot");
    await allInSwift(20);
    const timeline = () => sql("SELECT id FROM ecommerce_backups.timeline");
    const before = await timeline();
    const ofBefore = async () => (await objects()).filter((name) => name.startsWith(before)).sort();

    await database.powerOff();
    // What the keeper has of the log by then still goes to Swift, where it belongs; it looks every 3 s.
    await sleep(10_000);
    const there = await ofBefore();
    await (await databaseOn(copy, undefined, SNAPSHOT_ID))();
    assert.equal(await sql("SELECT note FROM opencart.oc_order WHERE note LIKE '%snapshot'"), "before the snapshot");
    await insert("on from the snapshot");
    // It ends, for systemd to start it again.
    const running = () => keeper.exec("ps -eo args | grep -c '[k]eeper/keeper.py' || true");
    await eventually(running, (count) => count === "0", 60);
    await keeper.exec("systemctl restart ecommerce-keeper");
    const after = await timeline();
    assert.notEqual(after, before);
    const { file, position } = await logEnd();
    const shipped = () =>
      sql(`SELECT count(*) FROM ecommerce_backups.shipped WHERE file = '${file}' AND position >= ${position}`);
    await eventually(shipped, (count) => count === "1", 60);
    assert.match(await ranAsKeeper("base.py now"), /a base backup of 2 databases is in Swift[\s\S]*code 0$/);
    assert.ok((await objects()).some((name) => name.startsWith(`${after}/base/`)));
    assert.deepEqual(await ofBefore(), there);
  });
});
