import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Release } from "../../commands/store/release";
import { eventually } from "../support/eventually";
import type { Machine } from "../support/machine";
import { Orders } from "../support/orders";
import { boots, onTheImage, Rack } from "../support/rack";
import { DATABASE, roles } from "../support/role-args";
import { machinesWork } from "../support/roots";
import { standInRelease } from "../support/stand-in-releases";
import type { Wire } from "../support/wire";

const ADDRESSES = {
  services: "10.20.1.11",
  "services-2": "10.20.1.12",
  "services-3": "10.20.1.13",
  "services-4": "10.20.1.14",
};
type Name = keyof typeof ADDRESSES;

/** As 4.1.0.4 does: a column becomes a table of its own, and is dropped. */
const MOVES_THE_COLUMN = `
rows('CREATE TABLE {product_code (product_id INT PRIMARY KEY, value VARCHAR(64) NOT NULL)');
rows('INSERT INTO {product_code SELECT product_id, sku FROM {product');
rows('ALTER TABLE {product DROP COLUMN sku');`;
const RUINS_THE_ORDERS = `
rows('CREATE TABLE {half (id INT)');
rows('DELETE FROM {order');
rows('ALTER TABLE {product DROP COLUMN sku');
throw new RuntimeException('no room left');`;
/** On the machine that will be cut off it does harm and takes long. */
const HANGS_ON_ONE = `
if (gethostname() === 'services-3') {
  rows('DELETE FROM {order');
  sleep(300);
}
rows('CREATE TABLE {later (id INT)');`;

describe("the shop's schema and releases, on real roots", function () {
  this.timeout("10m");
  let rack: Rack;
  let wire: Wire;
  let database: Machine;
  const releases: Record<string, Release> = {};

  /** A new server in the place of one that is gone. */
  const server = async (name: Name, version: string) => {
    const release = releases[version];
    if (!release) throw new Error(`no release ${version}`);
    const baked = onTheImage(release);
    return rack.machine(name, "services", (await roles(baked.release)).services, baked.files);
  };
  const log = (machine: Machine) => machine.read("/var/log/ecommerce.log").catch(() => "");
  /** A boot that stops. @returns what it said */
  const fails = async (machine: Machine) => {
    await assert.rejects(machine.boot());
    return log(machine);
  };
  const sql = (query: string) => database.exec(`mysql -N opencart -e "${query}"`);
  const shape = () =>
    database.exec(
      "mysqldump --no-data --skip-comments opencart | sed 's/ AUTO_INCREMENT=[0-9]*//' | grep -v '^/\\*' | sha256sum",
    );
  const status = (name: Name, page = "/") =>
    wire.curl("-o", "/dev/null", "-w", "%{http_code}", `http://${ADDRESSES[name]}${page}`);
  const allOrders = async () => (await sql("SELECT order_id FROM oc_order")).split("\n").map(Number);
  const assertKept = async (orders: Orders) => {
    const kept = new Set(await allOrders());
    assert.deepEqual(
      orders.confirmed.filter((id) => !kept.has(id)),
      [],
    );
    assert.ok(orders.confirmed.length > 20, "hardly anybody ordered");
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    const plain = await roles();
    rack = await Rack.create("upgrade", { services: plain.services, database: plain.database });
    ({ wire } = rack);
    for (const one of [
      { version: "1.0.0" },
      { version: "1.5.0", schema: "['product' => []]", step: RUINS_THE_ORDERS },
      { version: "2.0.0", schema: "['product_code' => ['value']]", step: MOVES_THE_COLUMN },
      { version: "3.0.0", schema: "['later' => ['id']]", step: HANGS_ON_ONE },
    ]) {
      releases[one.version] = await standInRelease(rack.folder, one);
    }
    for (const [name, address] of Object.entries(ADDRESSES)) await wire.plug(name, [address]);
    await wire.plug("database", [DATABASE.host]);
    database = await rack.machine("database", "database", plain.database);
    await boots(database);
    await boots(await server("services", "1.0.0"));
  });

  after(async () => {
    await rack?.remove();
  });

  it("leaves tables without a mark of ours alone, says how to adopt them, and goes on once they are", async () => {
    await sql("DROP TABLE ecommerce_release; INSERT INTO oc_order (email, total) VALUES ('a@example.com', 1)");
    const before = await database.exec("mysqldump --skip-comments opencart oc_order oc_product oc_user | sha256sum");
    const next = await server("services-2", "1.0.0");
    const booting = next.boot();
    const said = await eventually(
      () => log(next),
      (text) => text.includes("FAILED"),
      120,
    );
    assert.match(said, /tables that this store did not make; nothing was changed.*adopt-shop\.sh VERSION/);
    assert.match(await next.read("/var/lib/ecommerce/report.json"), /"status":"failed"/);
    const now = await database.exec("mysqldump --skip-comments opencart oc_order oc_product oc_user | sha256sum");
    assert.equal(now, before);
    await assert.rejects(next.exec("/usr/local/lib/ecommerce/adopt-shop.sh"), /usage/);
    await next.exec("/usr/local/lib/ecommerce/adopt-shop.sh 1.0.0");
    assert.equal((await booting).status, "ready");
    assert.match(await log(next), /services is ready\s*$/);
    assert.equal(await sql("SELECT version FROM ecommerce_release"), "1.0.0");
    await assert.rejects(next.exec("/usr/local/lib/ecommerce/adopt-shop.sh 1.0.0"), /its mark already/);
  });

  it("knows the mark of a store that was installed before versions were written down", async () => {
    const release = releases["1.0.0"]?.sha256;
    await sql(
      `DROP TABLE ecommerce_release; CREATE TABLE ecommerce_release (release_id VARCHAR(64) NOT NULL, installed_at DATETIME NOT NULL);
       INSERT INTO ecommerce_release VALUES ('${release}', NOW())`,
    );
    assert.equal(await status("services"), "200");
    const one = rack.named("services");
    await one?.exec("php /usr/local/lib/ecommerce/shop/install.php");
    assert.equal(await sql("SELECT version FROM ecommerce_release"), "1.0.0");
  });

  it("a failing upgrade: every order is kept, the schema is as it was, the servers that stand serve on", async () => {
    const before = await shape();
    const orders = new Orders(wire, [ADDRESSES.services, ADDRESSES["services-2"]]);
    const said = await fails(await server("services-3", "1.5.0"));
    await sleep(4000);
    await orders.stop();
    assert.match(said, /the upgrade to 1\.5\.0 failed, and the shop is as it was \(1\.0\.0\): upgrade_3: no room left/);
    assert.equal(await shape(), before);
    await assertKept(orders);
    assert.deepEqual(
      Object.keys(orders.statuses).filter((code) => !["200", "503"].includes(code)),
      [],
    );
    process.stdout.write(`      closed for ${orders.closed.toFixed(1)} s; ${JSON.stringify(orders.statuses)}\n`);
    for (const name of ["services", "services-2"] as const) assert.equal(await status(name), "200");
    assert.match(await sql("SELECT version, upgrading_to IS NULL FROM ecommerce_release"), /^1\.0\.0\s+1$/);
  });

  it("an upgrade: once, every order kept, a sign where the old code cannot serve, then the old servers leave", async () => {
    const orders = new Orders(wire, [ADDRESSES.services, ADDRESSES["services-2"]]);
    const [first, second] = [await server("services-3", "2.0.0"), await server("services-4", "2.0.0")];
    await Promise.all([boots(first), boots(second)]);
    await orders.stop();
    const both = `${await log(first)}${await log(second)}`;
    assert.equal(both.match(/upgraded from 1\.0\.0 to 2\.0\.0/g)?.length, 1, both);
    await assertKept(orders);
    assert.deepEqual(
      Object.keys(orders.statuses).filter((code) => !["200", "503"].includes(code)),
      [],
    );
    process.stdout.write(`      ${/upgraded from .*/.exec(both)?.[0]}; ${JSON.stringify(orders.statuses)}\n`);
    for (const name of ["services-3", "services-4"] as const) assert.equal(await status(name), "200");
    const sign = await wire.curl("-i", `http://${ADDRESSES.services}/`);
    assert.match(sign, /^HTTP\/1\.1 503[\s\S]*Retry-After: \d+[\s\S]*closed for a moment/i);
    assert.equal(await sql("SHOW TABLES LIKE 'before%'"), "");
    assert.match(await sql("SELECT count(*) FROM oc_product_code"), /^4$/);
    const gone = await eventually(
      () => status("services", "/healthz"),
      (code) => code === "503",
      60,
    );
    assert.equal(gone, "503");
    assert.equal(await status("services-3", "/healthz"), "200");
    const after = new Orders(wire, [ADDRESSES["services-3"], ADDRESSES["services-4"]]);
    await eventually(
      async () => after.confirmed.length,
      (count) => count > 30,
      60,
    );
    await after.stop();
    await assertKept(after);
    assert.deepEqual(Object.keys(after.statuses), ["200"]);
  });

  it("a server that is cut off while it waits for its turn goes on when it is back", async () => {
    const name = "ecommerce.install.opencart";
    const holding = database.exec(`mysql -e "SELECT GET_LOCK('${name}', 0); SELECT SLEEP(45)"`);
    const waiting = await server("services", "2.0.0");
    const booting = waiting.boot();
    await eventually(
      () => sql("SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT GET_LOCK%'"),
      (count) => count === "1",
      60,
    );
    await wire.cut("services", true);
    await sleep(15_000);
    await wire.cut("services", false);
    await holding;
    assert.equal((await booting).status, "ready");
    assert.equal(await status("services"), "200");
  });

  it("refuses to go back to an earlier release, and changes nothing", async () => {
    const before = await shape();
    const said = await fails(await server("services", "1.0.0"));
    assert.match(said, /shop\.release is OpenCart 1\.0\.0, but the shop's data is of 2\.0\.0.*nothing was changed/);
    assert.equal(await shape(), before);
    assert.equal(await status("services-4"), "200");
  });

  it("an upgrading server that vanishes: the next one puts back, upgrades, and loses no order", async () => {
    const before = (await allOrders()).length;
    const vanishing = await server("services-3", "3.0.0");
    const lost = vanishing.boot().catch(() => undefined);
    await eventually(
      () => sql("SELECT (SELECT count(*) FROM oc_order) + (SELECT upgrading_to IS NULL FROM ecommerce_release)"),
      (sum) => sum === "0",
      120,
    );
    await wire.cut("services-3", true);
    const began = Date.now();
    const next = await server("services-2", "3.0.0");
    await boots(next);
    const seconds = (Date.now() - began) / 1000;
    process.stdout.write(`      after ${seconds.toFixed(1)} s, its own boot and upgrade included\n`);
    assert.match(await log(next), /upgrade to 3\.0\.0 was interrupted: putting back/);
    assert.equal((await allOrders()).length, before);
    // Back on the wire it finds its work done by another, and serves.
    await wire.cut("services-3", false);
    await lost;
    assert.match(await log(vanishing), /another one may be at work/);
    assert.equal(await status("services-3"), "200");
    assert.equal((await allOrders()).length, before);
  });

  it("an installing server that vanishes: the next one goes on within a minute", async () => {
    await database.exec("mysql -e 'DROP DATABASE opencart; CREATE DATABASE opencart CHARACTER SET utf8mb4'");
    const vanishing = await server("services-3", "1.0.0");
    const lost = vanishing.boot().catch(() => undefined);
    await eventually(
      () => sql("SHOW TABLES"),
      (tables) => tables.split("\n").length > 5,
      120,
    );
    await wire.cut("services-3", true);
    const began = Date.now();
    const next = await server("services-4", "1.0.0");
    await boots(next);
    const seconds = (Date.now() - began) / 1000;
    process.stdout.write(`      after ${seconds.toFixed(1)} s, its own boot and installation included\n`);
    assert.ok(seconds < 60, `${seconds} s`);
    assert.match(await log(next), /interrupted: starting over with a clean schema/);
    // Back on the wire it finds the shop that the other one made, and boots.
    await wire.cut("services-3", false);
    await lost;
    assert.equal(await status("services-3"), "200");
    assert.equal(await status("services-4"), "200");
    assert.equal(await sql("SELECT count(*) FROM oc_product"), "4");
  });
});
