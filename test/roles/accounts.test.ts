import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { databaseRole } from "../../components/cloud-init/roles/database";
import { ACCOUNTS_SCHEMA } from "../../components/core/database-accounts";
import { Machine } from "../support/machine";
import { BASE, type DatabaseAccounts, databaseArgs, roles, VOLUME_ID } from "../support/role-args";
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
    const role = databaseRole({ ...(await databaseArgs()), ...accounts });
    const userData = renderUserData(role, { hostname: "database", mode: "image", base: BASE });
    database = await Machine.create({ name: "database", root: "database", roots, userData, volume });
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
    const { stdout } = await wire.inside(
      "ecommerce-services",
      `${client} -e 'SELECT note FROM ${store}.kept' 2>&1; true`,
    );
    return stdout;
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-accounts-"));
    roots = await buildRoots({ database: renderImageScript((await roles()).database, BASE) });
    wire = await Wire.create();
    await wire.plug("ecommerce-services", ["10.20.1.11"]);
    await wire.plug("ecommerce-database", ["10.20.2.10"]);
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
});
