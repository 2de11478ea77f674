import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { type DatabaseRoleArgs, databaseRole } from "../../components/cloud-init/roles/database";
import { KEEPER, RESTORER } from "../../components/core/database-accounts";
import { eventually } from "../support/eventually";
import { Machine } from "../support/machine";
import { BASE, databaseArgs, PASSWORDS, VOLUME_ID } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { Volume } from "../support/volume";
import { Wire } from "../support/wire";

const [KEEPER_PASSWORD, RESTORER_PASSWORD] = ["Keeper0", "Restorer0"];
const SNAPSHOT_ID = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
const SNAPSHOT_VOLUME_ID = "0c3e9e5a-5d6b-4e39-9bd1-6ad3fb4b3f0e";
const AT = "2026-11-27T10:15:00Z";
const SCRIPTS = "/usr/local/lib/ecommerce";

describe("a database server that a keeper looks after", function () {
  this.timeout("10m");
  let folder: string;
  let roots: string;
  let wire: Wire;
  let volume: Volume;
  let copy: Volume | undefined;
  let database: Machine | undefined;

  const serverWith = async (
    backups: NonNullable<DatabaseRoleArgs["backups"]>,
    more: Pick<DatabaseRoleArgs, "snapshot"> = {},
    on = volume,
  ) => {
    await database?.remove();
    const role = databaseRole({ ...(await databaseArgs()), volumeId: on.id, backups, ...more });
    const userData = renderUserData(role, { hostname: "database", mode: "image", base: BASE });
    database = await Machine.create({ name: "database", root: "database", roots, userData, volume: on });
    return database;
  };
  const sql = async (statement: string) => {
    assert.ok(database);
    await database.write("/run/statement.sql", statement);
    return database.exec("mysql -N </run/statement.sql");
  };
  /** What a client in the app network is told. */
  const asks = async (user: string, password: string, statement: string) => {
    const client = `mysql --host=10.20.2.10 --user=${user} --password='${password}' --ssl -N`;
    return (await wire.inside("services", `${client} -e "${statement}" 2>&1; true`)).stdout;
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-care-"));
    const role = databaseRole({ ...(await databaseArgs()), backups: { keeperPassword: KEEPER_PASSWORD } });
    roots = await buildRoots({ database: renderImageScript(role, BASE) });
    wire = await Wire.create();
    await wire.plug("services", ["10.20.1.11"]);
    await wire.plug("database", ["10.20.2.10"]);
    volume = await Volume.create(folder, VOLUME_ID, 512);
  });

  after(async () => {
    await database?.remove();
    await volume?.remove();
    await copy?.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("lets nobody but keeper and restorer in while a blank volume waits for a restore, and everybody afterwards", async () => {
    const server = await serverWith({
      keeperPassword: KEEPER_PASSWORD,
      restore: { at: AT, restorerPassword: RESTORER_PASSWORD },
    });
    const booted = server.boot();
    await eventually(
      () => asks(RESTORER, RESTORER_PASSWORD, "SELECT 1"),
      (said) => said === "1",
      120,
    );
    assert.match(await asks("opencart", PASSWORDS.store, "SELECT 1"), /denied/);
    const data =
      "CREATE DATABASE opencart; CREATE TABLE opencart.kept (id INT PRIMARY KEY); INSERT INTO opencart.kept VALUES (7)";
    assert.equal(await asks(RESTORER, RESTORER_PASSWORD, data), "");
    const done = `INSERT INTO ecommerce_backups.restored VALUES ('${AT}', UTC_TIMESTAMP())`;
    assert.equal(await asks(RESTORER, RESTORER_PASSWORD, done), "");
    assert.equal((await booted).status, "ready");
    assert.equal(await asks("opencart", PASSWORDS.store, "SELECT id FROM opencart.kept"), "7");
    assert.match(await asks(RESTORER, RESTORER_PASSWORD, "SELECT 1"), /denied/);
    await assert.rejects(server.exec("ls /etc/ecommerce/*.sql"));
  });

  it("waits for no second restore on a volume that has one behind it", async () => {
    const server = await serverWith({
      keeperPassword: KEEPER_PASSWORD,
      restore: { at: AT, restorerPassword: RESTORER_PASSWORD },
    });
    assert.equal((await server.boot()).status, "ready", await server.read("/var/log/ecommerce.log"));
    assert.match(await asks(RESTORER, RESTORER_PASSWORD, "SELECT 1"), /denied/);
    assert.equal(await asks("opencart", PASSWORDS.store, "SELECT id FROM opencart.kept"), "7");
  });

  it("lets the keeper read everything, write its own tables, and nothing else", async () => {
    assert.equal(await asks(KEEPER, KEEPER_PASSWORD, "SELECT id FROM opencart.kept"), "7");
    assert.equal(
      await asks(KEEPER, KEEPER_PASSWORD, "INSERT INTO ecommerce_backups.beats VALUES (1, UTC_TIMESTAMP(), '{}')"),
      "",
    );
    assert.match(await asks(KEEPER, KEEPER_PASSWORD, "DELETE FROM opencart.kept"), /denied/);
    assert.match(await asks(KEEPER, KEEPER_PASSWORD, "DROP DATABASE opencart"), /denied/);
    assert.match(await asks(KEEPER, KEEPER_PASSWORD, "SET GLOBAL read_only = ON"), /denied/);
    assert.equal(await asks(KEEPER, KEEPER_PASSWORD, "SELECT COUNT(*) FROM ecommerce_backups.timeline"), "1");
  });

  it("deletes binary logs beyond their share of the volume, but none that does not lie in Swift", async () => {
    assert.ok(database);
    const logs = async () => (await sql("SHOW BINARY LOGS")).split("\n").map((line) => line.split("\t")[0]);
    await sql(`SET binlog_format = ROW; CREATE TABLE opencart.bulk (data LONGBLOB);
      ${"INSERT INTO opencart.bulk VALUES (REPEAT('x', 20000000)); TRUNCATE opencart.bulk; FLUSH BINARY LOGS;".repeat(4)}`);
    const before = await logs();
    const limit = `${SCRIPTS}/limit-binlogs.sh`;
    const care = async () => database?.exec(`set -a; . /etc/ecommerce/binlogs; bash ${limit}`);
    assert.match((await care()) ?? "", /does not lie in Swift yet: the keeper is behind/);
    assert.deepEqual(await logs(), before);
    await sql(before.map((name) => `REPLACE INTO ecommerce_backups.shipped VALUES ('${name}', 1, 1);`).join(""));
    assert.equal(await care(), "");
    const after = await logs();
    assert.ok(after.length < before.length && after.at(-1) === before.at(-1), after.join());
  });

  it("goes on from a snapshot of its volume with a timeline of the data's own, which a keeper never sees the old one in", async () => {
    assert.ok(database);
    const timeline = "SELECT id FROM ecommerce_backups.timeline";
    const before = await asks(KEEPER, KEEPER_PASSWORD, timeline);
    assert.match(before, /^[0-9a-f-]{36}$/);
    await sql("INSERT INTO opencart.kept VALUES (11)");
    // One moment of the device, with the database running and its tables open.
    await database.exec("fsfreeze --freeze /srv/database");
    copy = await volume.copied(folder, SNAPSHOT_VOLUME_ID);
    await database.exec("fsfreeze --unfreeze /srv/database");
    await sql("INSERT INTO opencart.kept VALUES (12)");

    const backups = { keeperPassword: KEEPER_PASSWORD };
    const server = await serverWith(backups, { snapshot: SNAPSHOT_ID }, copy);
    let isBooting = true;
    const seen = new Set<string>();
    const watching = (async () => {
      while (isBooting) seen.add(await asks(KEEPER, KEEPER_PASSWORD, timeline));
    })();
    assert.equal((await server.boot()).status, "ready", await server.read("/var/log/ecommerce.log"));
    const after = await asks(KEEPER, KEEPER_PASSWORD, timeline);
    isBooting = false;
    await watching;
    assert.match(after, /^[0-9a-f-]{36}$/);
    assert.ok(seen.has(after) && !seen.has(before), [...seen].join("\n"));
    assert.equal(await sql("SELECT id FROM opencart.kept ORDER BY id"), "7\n11");
    assert.equal(await sql("SELECT count(*) FROM ecommerce_backups.shipped"), "0");
    assert.equal((await sql("SHOW BINARY LOGS")).split("\n").length, 1);
    await assert.rejects(server.exec("ls /etc/mysql/mariadb.conf.d/zz-ecommerce-timeline.cnf /var/lib/mysql/*.sql"));

    const successor = await serverWith(backups, { snapshot: SNAPSHOT_ID }, copy);
    assert.equal((await successor.boot()).status, "ready", await successor.read("/var/log/ecommerce.log"));
    assert.equal(await asks(KEEPER, KEEPER_PASSWORD, timeline), after, "once a snapshot is enough");
  });

  it("stops writers before the volume is full, says so, and lets them go on when there is room", async () => {
    assert.ok(database);
    const look = () => database?.exec(`bash ${SCRIPTS}/watch-space.sh`);
    const write = () => asks("opencart", PASSWORDS.store, "INSERT INTO opencart.kept VALUES (8)");
    assert.equal(await look(), "");
    const fill = (percent: number) =>
      database?.exec(`rm -f /srv/database/filler; set -- $(df --output=size,used -B1 /srv/database | tail -n 1)
        fallocate -l $(($1 * ${percent} / 100 - $2)) /srv/database/filler`);
    await fill(85);
    assert.match((await look()) ?? "", /8\d % full: make database.volume.size larger/);
    assert.equal(await look(), "", "once is enough");
    const space = "SELECT gib, used BETWEEN 80 AND 89 FROM ecommerce_backups.space";
    assert.equal(await asks(KEEPER, KEEPER_PASSWORD, space), "1\t1", "the keeper is told");
    await fill(96);
    assert.match((await look()) ?? "", /\d % full: nobody may write any more/);
    assert.match(await write(), /read-only/);
    await database.exec("rm /srv/database/filler");
    assert.match((await look()) ?? "", /everybody may write again/);
    assert.equal(await write(), "");
  });
});
