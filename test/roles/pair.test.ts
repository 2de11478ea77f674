import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { eventually } from "../support/eventually";
import { figure, timed } from "../support/figures";
import { KEEPER, SWIFT } from "../support/keeper-args";
import { Machine } from "../support/machine";
import { arbiter, type Index, other, pairServer, SERVERS } from "../support/pair-args";
import { accountsMetadata, BASE, DATABASE, PASSWORDS } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { Volume } from "../support/volume";
import { METADATA, Wire } from "../support/wire";

const KILLS = 5;
const CUTS = 3;
const ACKNOWLEDGED = "/run/acknowledged";

describe("a pair of database servers", function () {
  this.timeout("10m");
  let folder: string;
  let roots: string;
  let wire: Wire;
  let keeper: Machine;
  const servers: Machine[] = [];
  const volumes: Volume[] = [];

  const server = (index: Index) => {
    const found = servers[index];
    assert.ok(found);
    return found;
  };
  const space = (index: Index) => `ecommerce-${SERVERS[index].name}`;
  const BOTH = [0, 1] as const;
  const sql = async (index: Index, statement: string) => {
    await server(index).write("/run/statement.sql", statement);
    return server(index).exec("timeout 10 mysql -N </run/statement.sql 2>&1");
  };
  const answers = (index: Index, statement: string) => sql(index, statement).catch((error) => `no: ${error}`);
  const holds = async (index: Index) =>
    (await server(index)
      .exec(`ip -o address show to ${DATABASE.host} | wc -l`)
      .catch(() => "0")) === "1";
  const writer = async (): Promise<Index | undefined> => {
    const [first, second] = await Promise.all(BOTH.map(holds));
    return first === second ? undefined : first ? 0 : 1;
  };
  const theWriter = async (seconds = 30): Promise<Index> => {
    const found = await eventually(writer, (index) => index !== undefined, seconds);
    assert.ok(found !== undefined);
    return found;
  };
  const status = async (index: Index) =>
    answers(
      index,
      "SELECT GROUP_CONCAT(variable_value ORDER BY variable_name SEPARATOR ' ') FROM information_schema.global_status WHERE variable_name IN ('wsrep_cluster_size', 'wsrep_cluster_status', 'wsrep_local_state')",
    );
  const whole = (seconds = 90) =>
    eventually(
      () => Promise.all(BOTH.map(status)),
      (both) => both.every((one) => one === "3 Primary 4"),
      seconds,
    );
  const log = (index: Index) => server(index).read("/var/log/ecommerce.log");
  const boot = async (index: Index) => {
    const { status: ended } = await server(index).boot();
    assert.equal(ended, "ready", await log(index));
  };
  const make = async (index: Index, volume: Volume, metadata = accountsMetadata()) => {
    const { name } = SERVERS[index];
    const userData = renderUserData(await pairServer(index), { hostname: name, mode: "image", base: BASE });
    await servers[index]?.remove();
    servers[index] = await Machine.create({ name, root: "pair", roots, userData, volume, metadata });
  };

  /** Orders go on while something happens. @returns the longest time between two that were acknowledged, in seconds */
  const ordersDuring = async (work: () => Promise<void>, afterwards = 12_000): Promise<number> => {
    await keeper.exec(`rm -f ${ACKNOWLEDGED}; mysql --version >/dev/null
      setsid python3 -B /run/orders.py ${DATABASE.host} opencart /etc/ecommerce/database-ca.crt ${ACKNOWLEDGED} \
        <<<'${PASSWORDS.store}' >/run/orders.log 2>&1 & echo $! >/run/orders.pid`);
    await sleep(2000);
    const index = await theWriter();
    await sql(index, "TRUNCATE opencart.oc_order");
    await keeper.exec(`truncate -s 0 ${ACKNOWLEDGED}`);
    await sleep(1000);
    await work();
    await sleep(afterwards);
    await keeper.exec("kill $(cat /run/orders.pid)");
    const lines = (await keeper.read(ACKNOWLEDGED)).replaceAll("\0", "").trim().split("\n");
    const acknowledged = lines.map((line) => line.split(" ").map(Number));
    assert.ok(acknowledged.length > 50, `${acknowledged.length} orders`);
    const there = new Set((await sql(await theWriter(), "SELECT number FROM opencart.oc_order")).split("\n").map(Number));
    const lost = acknowledged.filter(([number = 0]) => !there.has(number));
    assert.deepEqual(lost, [], "acknowledged, and not there");
    const times = acknowledged.map(([, at = 0]) => at);
    return Math.max(...times.map((at, place) => at - (times[place - 1] ?? at)));
  };
  const sameOnBoth = async () => {
    await whole();
    const [first, second] = await eventually(
      () => Promise.all(BOTH.map((index) => sql(index, "CHECKSUM TABLE opencart.oc_order"))),
      ([one, two]) => one === two,
      20,
    );
    assert.equal(first, second);
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-pair-"));
    roots = await buildRoots({
      pair: renderImageScript(await pairServer(0), BASE),
      arbiter: renderImageScript(await arbiter(), BASE),
    });
    wire = await Wire.create();
    for (const { name, address } of SERVERS) await wire.plug(`ecommerce-${name}`, [address]);
    await wire.plug("ecommerce-keeper", [KEEPER]);
    await wire.plug("ecommerce-swift", [SWIFT]);
    wire.serve("ecommerce-swift", "swift.py");
    for (const { volumeId } of SERVERS) volumes.push(await Volume.create(folder, volumeId, 1024));
  });

  after(async () => {
    for (const one of [keeper, ...servers]) await one?.remove();
    for (const one of volumes) await one.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("comes up from blank volumes, with one of the two that is written to", async () => {
    for (const index of BOTH) {
      const volume = volumes[index];
      assert.ok(volume);
      await make(index, volume);
    }
    const userData = renderUserData(await arbiter(), { hostname: "keeper", mode: "image", base: BASE });
    keeper = await Machine.create({ name: "keeper", root: "arbiter", roots, userData });
    await timed("a pair and its keeper, first boot from their images", async () => {
      const [{ status: ended }] = await Promise.all([keeper.boot(), ...BOTH.map(boot)]);
      assert.equal(ended, "ready", await keeper.read("/var/log/ecommerce.log"));
    });
    await whole();
    const index = await theWriter();
    await sql(index, "CREATE TABLE opencart.oc_order (number INT PRIMARY KEY, at TIMESTAMP(3) DEFAULT NOW(3))");
    await keeper.write("/run/orders.py", await readFile(path.join(__dirname, "orders.py"), "utf8"));
    const longest = await ordersDuring(async () => undefined, 2000);
    assert.ok(longest < 1, `${longest} s`);
    await sameOnBoth();
  });

  it(`goes on within 10 s when the one that is written to is killed, ${KILLS} times, and takes it back by itself`, async () => {
    for (let round = 0; round < KILLS; round++) {
      const index = await theWriter();
      const longest = await ordersDuring(() => server(index).powerOff());
      figure("a database server of a pair is killed: time without orders", longest);
      assert.ok(longest <= 10, `${longest} s`);
      assert.equal(await theWriter(), other(index));
      await timed("a killed database server is back in the pair", async () => {
        await server(index).boot();
        await whole();
      });
      await sameOnBoth();
    }
  });
});
