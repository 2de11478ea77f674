import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { databaseRole } from "../../components/cloud-init/roles/database";
import { ACCOUNTS_SCHEMA } from "../../components/core/database-accounts";
import { Machine } from "../support/machine";
import { accountsMetadata, BASE, type DatabaseAccounts, databaseArgs, roles, VOLUME_ID } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { Volume } from "../support/volume";
import { Wire } from "../support/wire";

const HOST = "10.20.1.0/255.255.255.0";
const OTHERS = ["ana", "operator"];

describe("accounts and databases that leave the stack file", function () {
  this.timeout("10m");
  let folder: string;
  let roots: string;
  let wire: Wire;
  let volume: Volume;
  let database: Machine | undefined;

  /** A new database server on the same volume, as after a change of the stack file. */
  const replacedBy = async (accounts: DatabaseAccounts) => {
    await database?.remove();
    const role = databaseRole(await databaseArgs());
    const userData = renderUserData(role, { hostname: "database", mode: "image", base: BASE });
    const metadata = accountsMetadata(accounts);
    database = await Machine.create({ name: "database", root: "database", roots, userData, volume, metadata });
    assert.equal((await database.boot()).status, "ready", await database.read("/var/log/ecommerce.log"));
  };
  const sql = async (statement: string) => {
    assert.ok(database);
    await database.write("/run/statement.sql", statement);
    return database.exec("mysql -N </run/statement.sql");
  };
  const ours = async () => (await sql(`SELECT user FROM mysql.user WHERE host = '${HOST}' ORDER BY user`)).split("\n");
  /** Whether an account may read a database's table, asked of the server itself from the app network. */
  const reads = async (user: string, password: string, store: string) => {
    const client = `mysql --host=10.20.2.10 --user=${user} --password='${password}' --ssl -N`;
    const { stdout } = await wire.inside("services", `${client} -e 'SELECT note FROM ${store}.kept' 2>&1; true`);
    return stdout;
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-accounts-"));
    roots = await buildRoots({ database: renderImageScript((await roles()).database, BASE) });
    wire = await Wire.create();
    await wire.plug("services", ["10.20.1.11"]);
    await wire.plug("database", ["10.20.2.10"]);
    volume = await Volume.create(folder, VOLUME_ID, 1024);
  });

  after(async () => {
    await database?.remove();
    await volume?.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("are there while they are in it, each with its own rights", async () => {
    await replacedBy({ stores: { first: "One_1", second_shop: "Two_2" }, readers: { reports: "R_1", audit: "A_1" } });
    for (const store of ["first", "second_shop"]) {
      await sql(`CREATE TABLE ${store}.kept (note TEXT); INSERT INTO ${store}.kept VALUES ('of ${store}')`);
    }
    assert.deepEqual(await ours(), ["audit", "first", "reports", "second_shop"]);
    assert.equal(await reads("reports", "R_1", "second_shop"), "of second_shop");
    assert.match(await reads("first", "One_1", "second_shop"), /denied/);
    assert.match(await reads("reports", "R_1", ACCOUNTS_SCHEMA), /denied/);
  });

  it("lose their access with the next server, whatever they have been granted since, and leave their data", async () => {
    // What others do: accounts of their own, a database by a name that packages would clean up, and more rights for ours.
    await sql(`
      CREATE USER operator@localhost IDENTIFIED BY 'o'; GRANT ALL ON *.* TO operator@localhost;
      CREATE USER ana@'${HOST}' IDENTIFIED BY 'a' REQUIRE SSL; GRANT SELECT ON first.* TO ana@'${HOST}';
      CREATE DATABASE test; CREATE TABLE test.kept (note TEXT);
      GRANT ALL ON *.* TO reports@'${HOST}' WITH GRANT OPTION; GRANT INSERT ON second_shop.kept TO first@'${HOST}';
      CREATE ROLE everything; GRANT ALL ON *.* TO everything; GRANT everything TO first@'${HOST}'`);
    await replacedBy({ stores: { first: "One_1" }, readers: { reports: "R_2" } });
    assert.deepEqual(await ours(), ["ana", "first", "reports"]);
    assert.match(await reads("second_shop", "Two_2", "second_shop"), /denied/);
    assert.match(await reads("reports", "R_1", "first"), /denied/);
    assert.match(await reads("reports", "R_2", "second_shop"), /denied/);
    assert.match(await reads("first", "One_1", "second_shop"), /denied/);
    assert.equal(await reads("reports", "R_2", "first"), "of first");
    assert.equal(await reads("ana", "a", "first"), "of first");
    assert.equal(await sql("SELECT note FROM second_shop.kept"), "of second_shop");
    assert.equal(await sql("SELECT count(*) FROM mysql.roles_mapping WHERE user = 'first'"), "0");
    const grants = await sql(`SHOW GRANTS FOR reports@'${HOST}'`);
    assert.match(
      grants,
      /^GRANT USAGE ON \*\.\* .*REQUIRE SSL WITH MAX_USER_CONNECTIONS 5\nGRANT SELECT ON `first`\.\* [^\n]*$/,
    );
    assert.equal(await sql("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'test'"), "1");
    for (const user of OTHERS) assert.equal(await sql(`SELECT count(*) FROM mysql.user WHERE user = '${user}'`), "1");
  });

  it("are known on data from before the server kept a list, by what they were made as", async () => {
    await sql(`
      DROP DATABASE ${ACCOUNTS_SCHEMA};
      DROP USER ana@'${HOST}';
      CREATE USER ana@'10.20.1.%' IDENTIFIED BY 'a' REQUIRE SSL; GRANT SELECT ON first.* TO ana@'10.20.1.%';
      CREATE USER replica@'${HOST}' IDENTIFIED BY 'r' REQUIRE SSL; GRANT REPLICATION SLAVE ON *.* TO replica@'${HOST}';
      CREATE USER gone@'${HOST}' IDENTIFIED BY 'g' REQUIRE SSL; GRANT SELECT, INSERT ON gone.* TO gone@'${HOST}'`);
    await replacedBy({ stores: { first: "One_1" }, readers: {} });
    assert.deepEqual(await ours(), ["first", "replica"]);
    assert.equal(await sql("SELECT count(*) FROM mysql.user WHERE user IN ('ana', 'operator')"), "2");
  });

  it("find their data when they come back", async () => {
    await replacedBy({ stores: { first: "One_1", second_shop: "Two_3" }, readers: { reports: "R_3" } });
    assert.equal(await reads("second_shop", "Two_3", "second_shop"), "of second_shop");
    assert.equal(await reads("reports", "R_3", "second_shop"), "of second_shop");
  });

  describe("while the server runs", () => {
    const STORES = { first: "One_1", second_shop: "Two_3" };
    const READS = "SELECT CONNECTION_ID(); DO SLEEP(15); SELECT note FROM first.kept";

    /** What Nova's metadata service says from now on. */
    const told = (meta: Readonly<Record<string, string>>) =>
      writeFile(path.join(folder, "openstack/latest/meta_data.json"), JSON.stringify({ meta }));
    /** What the timer starts. @returns what it says */
    const look = async () => {
      assert.ok(database);
      return database.exec(`$(sed -n 's/^ExecStart=//p' /etc/systemd/system/ecommerce-accounts.service) 2>&1; true`);
    };
    const connected = (user: string, password: string) =>
      wire.inside(
        "services",
        `mysql --host=10.20.2.10 --user=${user} --password='${password}' --ssl -N --unbuffered -e '${READS}' 2>&1; true`,
      );
    const isConnected = async (user: string) => {
      for (let tries = 0; tries < 20; tries++)
        if (Number(await sql(`SELECT count(*) FROM information_schema.processlist WHERE user = '${user}'`)) > 0) return;
      throw new Error(`${user} does not connect`);
    };

    before(async () => {
      await mkdir(path.join(folder, "openstack/latest"), { recursive: true });
      wire.serveMetadata(folder);
    });

    it("come and go, and nobody else is disconnected; a new store's database is made", async () => {
      const gone = connected("reports", "R_3");
      const shop = connected("first", "One_1");
      await isConnected("reports");
      await isConnected("first");
      await told(accountsMetadata({ stores: { ...STORES, third: "Three_3" }, readers: { audit: "A_2" } }));
      assert.match(
        await look(),
        /^ecommerce: accounts applied \([0-9a-f]{12}\): stores first, second_shop, third; readers audit$/,
      );
      await isConnected("first");
      assert.equal(await reads("audit", "A_2", "second_shop"), "of second_shop");
      assert.match(await reads("reports", "R_3", "first"), /denied/);
      assert.match((await gone).stdout, /^\d+\n.*ERROR \d+ .* at line 1/s);
      await sql("CREATE TABLE third.kept (note TEXT)");
      assert.equal(await reads("third", "Three_3", "third"), "");
      assert.match((await shop).stdout, /^\d+\nof first$/);
    });

    it("are looked at again and again, and applied once", async () => {
      assert.equal(await look(), "");
      const log = await database?.read("/var/log/ecommerce.log");
      assert.equal(log?.match(/accounts applied .* readers audit/g)?.length, 1);
      for (const secret of ["A_2", "Three_3"]) assert.ok(!log?.includes(secret));
      const changes = await database?.exec("mysqlbinlog /srv/database/mysql/binlog.0*");
      assert.match(changes ?? "", /CREATE DATABASE IF NOT EXISTS `third`/);
      assert.doesNotMatch(changes ?? "", /Three_3|A_2/);
    });

    it("stay as they are while metadata are away, in pieces, or of another server; it is said once", async () => {
      await rm(path.join(folder, "openstack/latest/meta_data.json"));
      assert.match(await look(), /^ecommerce: accounts not applied: the metadata service does not answer \(.*404.*\)/);
      const next = accountsMetadata({ stores: { first: "One_1" }, readers: {} });
      const [[key = "", piece = ""] = []] = Object.entries(next);
      await told({ ...next, [key]: `${piece.slice(0, 40)}${piece.slice(48)}` });
      assert.match(await look(), /^ecommerce: accounts not applied: .* is not whole/);
      assert.equal(await look(), "");
      assert.equal(await reads("audit", "A_2", "first"), "of first");
      await told(accountsMetadata({ stores: { ...STORES, third: "Three_3" }, readers: { audit: "A_2" } }));
      assert.match(await look(), /^ecommerce: accounts applied .* readers audit$/);
      assert.equal(await look(), "");
    });

    it("that the database refuses lock nobody out, show no password, and are tried again", async () => {
      await sql(`DROP TABLE ${ACCOUNTS_SCHEMA}.wanted; CREATE VIEW ${ACCOUNTS_SCHEMA}.wanted AS SELECT 1`);
      await told(accountsMetadata({ stores: { first: "One_1", third: "Three_3" }, readers: { late: "L_1" } }));
      const said = await look();
      assert.match(
        said,
        /^ecommerce: accounts not applied: \(\w{12}\) the database says ERROR \d+ \(\w+\) at line \d+; it is tried again$/,
      );
      assert.equal(await look(), "");
      assert.equal(await reads("first", "One_1", "first"), "of first");
      await sql(`DROP VIEW ${ACCOUNTS_SCHEMA}.wanted`);
      assert.match(await look(), /^ecommerce: accounts applied .* stores first, third; readers late$/);
      assert.deepEqual(await ours(), ["first", "late", "replica", "third"]);
      assert.equal(await sql("SELECT note FROM second_shop.kept"), "of second_shop");
    });
  });
});
