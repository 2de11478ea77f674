import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { shopRelease } from "../../commands/store/release";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { databaseRole } from "../../components/cloud-init/roles/database";
import { Machine } from "../support/machine";
import {
  ACCOUNTS,
  accountsMetadata,
  BASE,
  DATABASE,
  databaseArgs,
  PASSWORDS,
  roles,
  VOLUME_ID,
} from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { Volume } from "../support/volume";
import { Wire } from "../support/wire";

const ON_THE_IMAGE = "/opt/release.zip";

/** Ubuntu's own packages are on no Debian mirror, but Debian's next release packages MySQL in the same way. */
describe("the database role with MySQL, as on Ubuntu", function () {
  this.timeout("10m");
  let folder: string;
  let wire: Wire;
  let volume: Volume;
  let services: Machine;
  const databases: Machine[] = [];
  let another: (accounts?: typeof ACCOUNTS, snapshot?: string) => Promise<Machine>;

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-mysql-"));
    const release = await shopRelease(folder);
    const all = await roles({ url: `file://${ON_THE_IMAGE}`, sha256: release.sha256 });
    const plain = await roles();
    const image = (role: keyof typeof all) => renderImageScript(plain[role], BASE);
    const debian = await buildRoots({ services: image("services") });
    const withMysql = await buildRoots({ database: image("database") }, "sid").catch((error: unknown) => {
      process.stdout.write(`      no root with MySQL can be made here: ${String(error)}\n`);
      return undefined;
    });
    if (!withMysql) return this.skip();
    wire = await Wire.create();
    await wire.plug("services", ["10.20.1.11", "10.20.1.10"]);
    await wire.plug("database", [DATABASE.host]);
    volume = await Volume.create(folder, VOLUME_ID, 1024);
    another = async (accounts = ACCOUNTS, snapshot) => {
      await databases.at(-1)?.powerOff();
      const role = databaseRole({ ...(await databaseArgs()), snapshot });
      const made = await Machine.create({
        name: "database",
        root: "database",
        roots: withMysql,
        userData: renderUserData(role, { hostname: "database", mode: "image", base: BASE }),
        volume,
        metadata: accountsMetadata(accounts),
      });
      databases.push(made);
      assert.equal((await made.boot()).status, "ready", await made.read("/var/log/ecommerce.log"));
      return made;
    };
    services = await Machine.create({
      name: "services",
      root: "services",
      roots: debian,
      userData: renderUserData(all.services, { hostname: "services", mode: "image", base: BASE }),
      files: { [ON_THE_IMAGE]: release.archive },
    });
  });

  after(async () => {
    for (const one of [services, ...databases]) await one?.remove();
    await volume?.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("serves from the volume on its one port, and the shop installs itself", async () => {
    const database = await another();
    assert.doesNotMatch(await database.exec("mysql -N -e 'SELECT VERSION()'"), /MariaDB/);
    assert.match(await database.exec("ss -ltnH 'sport = :3306'"), /10\.20\.2\.10:3306/);
    assert.equal(await database.exec("ss -ltnH 'sport = :33060'"), "");
    assert.equal((await services.boot()).status, "ready", await services.read("/var/log/ecommerce.log"));
    assert.equal(await wire.curl("http://10.20.1.10/healthz"), "ok");
  });

  it("reads nothing that Ubuntu's AppArmor keeps from it: it starts, on its address and with its certificate, all the same", async () => {
    const database = databases.at(-1);
    assert.ok(database);
    const profile = await database.read("/etc/apparmor.d/usr.sbin.mysqld");
    assert.match(profile, /^\s*\/etc\/mysql\/\*\* r,$/m);
    assert.doesNotMatch(profile, /ecommerce/);
    // A link is judged by where it leads.
    assert.equal(await database.exec("find /etc/mysql -lname '*ecommerce*'"), "");
    assert.equal(
      await database.exec("mysql -N -e 'SELECT @@ssl_ca, @@ssl_cert, @@ssl_key'"),
      ["ca.crt", "server.crt", "server.key"].map((name) => `/etc/mysql/ecommerce/${name}`).join("\t"),
    );
    // As systemd starts it: not as root, who may read everything.
    await database.exec("chmod 0700 /etc/ecommerce; systemctl restart mysql");
    assert.match(await database.exec("ss -ltnH 'sport = :3306'"), /10\.20\.2\.10:3306/);
    const check = ". /usr/local/lib/ecommerce/database.sh; database_answers";
    assert.equal(await database.exec(`bash -c '${check}' && echo answers`), "answers");
    assert.equal(await wire.curl("http://10.20.1.10/healthz"), "ok");
  });

  it("is not ready with its certificate out of its reach, or on another address", async () => {
    const database = databases.at(-1);
    assert.ok(database);
    const check = ". /usr/local/lib/ecommerce/database.sh; database_answers";
    const answers = () => database.exec(`bash -c '${check}' && echo answers || echo not`);
    const settings = "/etc/mysql/mysql.conf.d/zz-ecommerce.cnf";
    for (const [what, how] of [
      ["tls", "/^ssl-/d"],
      ["address", "s/^bind-address.*/bind-address = 127.0.0.1/"],
    ] as const) {
      await database.exec(`cp ${settings} /root/kept; sed -i '${how}' ${settings}; systemctl restart mysql`);
      assert.equal(await answers(), "not", what);
      await database.exec(`cp /root/kept ${settings}; systemctl restart mysql`);
      assert.equal(await answers(), "answers", what);
    }
  });

  it("finds its data from a new root, whose maintenance user has another password", async () => {
    const database = await another();
    const tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'opencart'";
    assert.ok(Number(await database.exec(`mysql -N -e "${tables}"`)) > 5);
    await database.exec("mysqladmin --defaults-file=/etc/mysql/debian.cnf status");
    assert.equal(await wire.curl("http://10.20.1.10/healthz"), "ok");
  });

  it("takes the access of accounts that have left, and rights that nobody meant", async () => {
    const before = databases.at(-1);
    const host = "10.20.1.0/255.255.255.0";
    await before?.write(
      "/run/more.sql",
      `CREATE ROLE everything; GRANT ALL ON *.* TO everything; GRANT everything TO opencart@'${host}';
       CREATE USER operator@localhost IDENTIFIED BY 'o'; GRANT ALL ON *.* TO operator@localhost`,
    );
    await before?.exec("mysql </run/more.sql");
    const database = await another({ stores: { opencart: PASSWORDS.store }, readers: {} });
    const users = await database.exec(
      "mysql -N -e \"SELECT user FROM mysql.user WHERE user NOT LIKE 'mysql.%' ORDER BY 1\"",
    );
    assert.deepEqual(users.split("\n"), ["debian-sys-maint", "everything", "opencart", "operator", "root"]);
    assert.equal(await database.exec("mysql -N -e 'SELECT count(*) FROM mysql.role_edges'"), "0");
    assert.equal(await wire.curl("http://10.20.1.10/healthz"), "ok");
  });

  it("forgets what a keeper knew of the data when it is a snapshot's, and goes on with a log of its own", async () => {
    const before = databases.at(-1);
    await before?.exec(
      "mysql -e 'CREATE DATABASE ecommerce_backups; CREATE TABLE ecommerce_backups.timeline (id INT)'",
    );
    const database = await another(undefined, "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d");
    assert.equal(await database.exec("mysql -N -e \"SHOW DATABASES LIKE 'ecommerce%s'\""), "ecommerce_accounts");
    assert.equal((await database.exec("mysql -N -e 'SHOW BINARY LOGS'")).split("\n").length, 1);
    assert.equal(await wire.curl("http://10.20.1.10/healthz"), "ok");
  });

  it("learns of other accounts while it runs, and the shop's connections stay", async () => {
    const database = databases.at(-1);
    assert.ok(database);
    const connections = () =>
      database.exec("mysql -N -e \"SELECT id FROM information_schema.processlist WHERE user = 'opencart' ORDER BY 1\"");
    await wire.curl("-b", "any=cookie", "http://10.20.1.10/");
    const before = await connections();
    assert.notEqual(before, "");
    const meta = accountsMetadata({ stores: { ...ACCOUNTS.stores, second: "Second_2" }, readers: { late: "Late_1" } });
    await mkdir(path.join(folder, "openstack/latest"), { recursive: true });
    await writeFile(path.join(folder, "openstack/latest/meta_data.json"), JSON.stringify({ meta }));
    wire.serveMetadata(folder);
    const said = await database.exec("python3 -B /usr/local/lib/ecommerce/accounts/apply.py");
    assert.match(said, /accounts applied \(\w{12}\): stores opencart, second; readers late$/);
    assert.equal(await connections(), before);
    const asLate = `mysql --host=${DATABASE.host} --user=late --password=Late_1 --ssl -N -e "SHOW DATABASES LIKE 'second'"`;
    assert.equal((await wire.inside("services", `${asLate} 2>/dev/null`)).stdout, "second");
    assert.equal(await wire.curl("http://10.20.1.10/healthz"), "ok");
  });
});
