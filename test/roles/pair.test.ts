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
import { Wire } from "../support/wire";

/** Those of docs/figures.md were more. */
const KILLS = 2;
const CUTS = 2;
/** As systemd would restart it: nobody collects what has ended on these machines, so its start script takes it for running. */
const YIELD = `kill $(ps -C keepalived -o pid=,stat= | awk '$2 !~ /Z/ { print $1 }'); sleep 2; rm -f /run/keepalived.pid
  systemctl start keepalived; sleep 1; [ -e /run/keepalived.pid ]`;
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
  const place = (index: Index) => SERVERS[index].name;
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

  /** When orders were acknowledged: their numbers, and seconds since 1970. */
  const acknowledged = async () => {
    const lines = (await keeper.read(ACKNOWLEDGED)).replaceAll("\0", "").trim().split("\n");
    return lines.filter((line) => line !== "").map((line) => line.split(" ").map(Number));
  };
  /** Whether there was no pause of a second in the last three. */
  const flows = async () => {
    const now = Date.now() / 1000;
    const times = [...(await acknowledged()).map(([, at = 0]) => at).filter((at) => at > now - 3), now];
    return times.every((at, place) => at - (times[place - 1] ?? now - 3) < 1);
  };

  /**
   * Orders go on while something happens, and until they flow again.
   * @param least milliseconds afterwards, in which a pause has begun if there is one
   * @returns the longest time between two that were acknowledged, in seconds
   */
  const ordersDuring = async (work: () => Promise<void>, least = 6000): Promise<number> => {
    await keeper.exec(`rm -f ${ACKNOWLEDGED}; mysql --version >/dev/null; touch ${ACKNOWLEDGED}
      setsid python3 -B /run/orders.py ${DATABASE.host} opencart /etc/ecommerce/database-ca.crt ${ACKNOWLEDGED} \
        <<<'${PASSWORDS.store}' >/run/orders.log 2>&1 & echo $! >/run/orders.pid`);
    await eventually(acknowledged, (orders) => orders.length > 0, 10);
    const index = await theWriter();
    await sql(index, "TRUNCATE opencart.oc_order");
    await keeper.exec(`truncate -s 0 ${ACKNOWLEDGED}`);
    await sleep(1000);
    await work();
    await sleep(least);
    await eventually(flows, Boolean, 30);
    const ended = Date.now() / 1000;
    await keeper.exec("kill $(cat /run/orders.pid)");
    const orders = await acknowledged();
    assert.ok(orders.length > 10, `${orders.length} orders`);
    const there = new Set(
      (await sql(await theWriter(), "SELECT number FROM opencart.oc_order")).split("\n").map(Number),
    );
    const lost = orders.filter(([number = 0]) => !there.has(number));
    assert.deepEqual(lost, [], "acknowledged, and not there");
    // Silence at the end is silence too.
    const times = [...orders.map(([, at = 0]) => at), ended];
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
    for (const { name, address } of SERVERS) await wire.plug(name, [address]);
    await wire.plug("keeper", [KEEPER]);
    await wire.plug("swift", [SWIFT]);
    wire.serve("swift", "swift.py");
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
    assert.ok(longest < 3, `${longest} s`);
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

  it(`goes on within 10 s when the one that is written to is cut off, ${CUTS} times, and without a pause when the other one is`, async () => {
    for (let round = 0; round < CUTS; round++) {
      const index = await theWriter();
      const insert = "INSERT INTO opencart.oc_order (number) VALUES (-1)";
      const longest = await ordersDuring(async () => {
        await wire.cut(place(index), true);
        await sleep(8000);
        assert.match(await answers(index, insert), /ERROR 1047/);
        assert.match(await answers(index, "SELECT COUNT(*) FROM opencart.oc_order"), /ERROR 1047/);
        assert.equal(await holds(index), false);
      });
      figure("a database server of a pair is cut off: time without orders", longest);
      assert.ok(longest <= 10, `${longest} s`);
      assert.equal(await theWriter(), other(index));
      await wire.cut(place(index), false);
      await timed("a database server that was cut off is back in the pair", () => whole());
      await sameOnBoth();
      assert.equal(await theWriter(), other(index));
    }
    const index = await theWriter();
    const longest = await ordersDuring(() => wire.cut(place(other(index)), true));
    figure("the standby of a pair is cut off: time without orders", longest);
    assert.ok(longest <= 5, `${longest} s`);
    assert.equal(await theWriter(), index);
    assert.match(await answers(other(index), "SELECT COUNT(*) FROM opencart.oc_order"), /ERROR 1047/);
    await wire.cut(place(other(index)), false);
    await sameOnBoth();
  });

  it("goes on without its keeper, and takes it back", async () => {
    const longest = await ordersDuring(() => keeper.exec("systemctl stop ecommerce-arbitrator").then(() => undefined));
    assert.ok(longest <= 5, `${longest} s`);
    await keeper.exec("systemctl start ecommerce-arbitrator");
    await sameOnBoth();
  });

  it("is switched within 5 s on purpose, and goes on when MariaDB itself is restarted", async () => {
    for (const command of [YIELD, "systemctl restart mariadb"]) {
      const index = await theWriter();
      const longest = await ordersDuring(() =>
        server(index)
          .exec(command)
          .then(() => undefined),
      );
      const [by, most] = command === YIELD ? ["keepalived", 5] : ["a restart of MariaDB", 15];
      figure(`a pair is switched by ${by}: time without orders`, longest);
      assert.ok(longest <= most, `${longest} s`);
      assert.equal(await theWriter(), other(index));
      await sameOnBoth();
    }
  });

  it("has numbers that follow each other, one server that can be reached, and keys that nobody else reads", async () => {
    const index = await theWriter();
    await sql(index, "CREATE TABLE opencart.oc_next (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT)");
    for (const note of ["a", "b", "c"]) await sql(index, `INSERT INTO opencart.oc_next (note) VALUES ('${note}')`);
    assert.equal(await sql(index, "SELECT GROUP_CONCAT(id) FROM opencart.oc_next"), "1,2,3");
    await sql(index, "DROP TABLE opencart.oc_next");
    // Nobody but the one that is written to can be reached at all.
    const reaches = (address: string) =>
      keeper.exec(`nc -z -w 2 ${address} ${DATABASE.port}`).then(
        () => true,
        () => false,
      );
    const addresses = [DATABASE.host, ...SERVERS.map(({ address }) => address)];
    assert.deepEqual(await Promise.all(addresses.map(reaches)), [true, false, false]);
    const nobody = "setpriv --reuid=nobody --regid=nogroup --clear-groups";
    for (const one of [server(0), server(1), keeper]) {
      assert.equal(await one.exec(`${nobody} cat /etc/ecommerce/tls/*.key 2>/dev/null | wc -c`), "0");
    }
  });

  it("has backups that go on, with a timeline of their own, when the writer is another one", async () => {
    const index = await theWriter();
    const timeline = () => sql(index, "SELECT id FROM ecommerce_backups.timeline");
    const shipped = (of: Index) =>
      answers(of, `SELECT COUNT(*) FROM ecommerce_backups.shipped WHERE file LIKE 'binlog-${of + 1}.%'`);
    // systemd would start it again.
    const started = () =>
      keeper.exec("ps -eo args | grep -q '[k]eeper/keeper.py' || systemctl restart ecommerce-keeper");
    await started();
    await eventually(
      () => shipped(index),
      (count) => Number(count) > 0,
      60,
    );
    const before = await timeline();
    await server(index).exec(YIELD);
    const next = other(index);
    await eventually(writer, (now) => now === next, 20);
    await eventually(
      () => started().then(() => shipped(next)),
      (count) => Number(count) > 0,
      90,
    );
    assert.notEqual(await timeline(), before);
    const base =
      "setpriv --reuid=keeper --regid=keeper --clear-groups python3 -B /usr/local/lib/ecommerce/keeper/base.py";
    assert.match(await keeper.exec(`timeout 120 ${base} now 2>&1; echo "code $?"`), /is in Swift[\s\S]*code 0$/);
  });

  it("goes on by itself after both were off, and the keeper too", async () => {
    for (const isKeeperOff of [false, true]) {
      const index = await theWriter();
      await sql(index, "REPLACE INTO opencart.oc_order (number) VALUES (-2)");
      // The first to go lacks what the other one still takes, and comes back first.
      await server(index).powerOff();
      await eventually(writer, (now) => now === other(index), 20);
      await sql(other(index), "REPLACE INTO opencart.oc_order (number) VALUES (-3)");
      await Promise.all([server(other(index)).powerOff(), ...(isKeeperOff ? [keeper.powerOff()] : [])]);
      await server(index).boot();
      await eventually(
        () => log(index),
        (said) => /does not answer, and may have later data/.test(said),
        60,
      );
      assert.match(await answers(index, "SELECT 1"), /no: /);
      await timed("a pair that was off, from the boot of the second server", async () => {
        await Promise.all([server(other(index)).boot(), ...(isKeeperOff ? [keeper.boot()] : [])]);
        await whole();
        await theWriter();
      });
      assert.match(await log(other(index)), /begins: this server is at \d+/);
      const found = await sql(
        await theWriter(),
        "SELECT number FROM opencart.oc_order WHERE number < 0 ORDER BY number",
      );
      assert.equal(found, "-3\n-2");
      await sql(await theWriter(), "DELETE FROM opencart.oc_order WHERE number < 0");
      await sameOnBoth();
    }
  });

  it("refuses to go on from what may be the older data, until a person says so", async () => {
    const index = await theWriter();
    await server(index).powerOff();
    await eventually(writer, (now) => now === other(index), 20);
    await sql(other(index), "REPLACE INTO opencart.oc_order (number) VALUES (-4)");
    await server(other(index)).powerOff();
    // The volume with the later data is lost, and an empty one comes in its place.
    await mkdir(path.join(folder, "blank"));
    const blank = await Volume.create(path.join(folder, "blank"), SERVERS[other(index)].volumeId, 1024);
    volumes.push(blank);
    await make(other(index), blank);
    const [booting] = [server(other(index)).boot(), await server(index).boot()];
    const told =
      /the volume of db-\d is blank, and the one that it had may have later data\. Give that one back.* database\.goOnFrom: (db-\d\/[0-9a-f-]{36}:\d+)/;
    const [, mark = ""] =
      told.exec(
        await eventually(
          () => log(index),
          (said) => told.test(said),
          60,
        ),
      ) ?? [];
    await sleep(10_000);
    for (const one of BOTH) assert.match(await answers(one, "SELECT 1"), /no: /);
    const metadata = path.join(folder, "metadata", "openstack/latest");
    await mkdir(metadata, { recursive: true });
    const chosen = { meta: { ...accountsMetadata(), "go-on-from": mark } };
    await writeFile(path.join(metadata, "meta_data.json"), JSON.stringify(chosen));
    wire.serveMetadata(path.join(folder, "metadata"));
    const { status: ended } = await booting;
    assert.equal(ended, "ready", await log(other(index)));
    await whole();
    await theWriter();
    assert.match(await log(index), /begins: a person has chosen/);
    await sameOnBoth();
    const later = () => sql(index, "SELECT COUNT(*) FROM opencart.oc_order WHERE number = -4");
    assert.equal(await later(), "0");
    // The lost volume turns up: what it has is another history, of which nothing comes back.
    await server(other(index)).powerOff();
    const lost = volumes[other(index)];
    assert.ok(lost);
    await make(other(index), lost);
    await boot(other(index));
    await sameOnBoth();
    assert.equal(await later(), "0");
  });
});
