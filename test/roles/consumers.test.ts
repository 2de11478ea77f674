import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { shopRelease } from "../../commands/store/release";
import { encodedSize } from "../../components/cloud-init/document";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { DASHBOARDS } from "../../examples/dashboard/consoles";
import { APP_LEG, bastion, CONSUMER_SECRETS, operations } from "../support/consumer-roles";
import { eventually } from "../support/eventually";
import { timed } from "../support/figures";
import { Machine } from "../support/machine";
import { BASE, DATABASE, PASSWORDS, roles, VOLUME_ID } from "../support/role-args";
import { buildRoots, type MachineRole, machinesWork } from "../support/roots";
import { Volume } from "../support/volume";
import { Wire } from "../support/wire";

const ON_THE_IMAGE = "/opt/release.zip";
const SHOP = "http://10.20.1.10";
const PROMETHEUS = "http://127.0.0.1:9090";

describe("the roles of stacks that live on a store, executed on real roots", function () {
  this.timeout("15m");
  let folder: string;
  let roots: string;
  let wire: Wire;
  let volume: Volume;
  let all: Awaited<ReturnType<typeof roles>>;
  let server: Machine;
  let door: Machine;
  const others: Machine[] = [];
  const documents: Record<string, string> = {};

  const boot = async (name: MachineRole, root: MachineRole | "bare", userData: string, more = {}) => {
    const machine = await Machine.create({ name, root, roots, userData, ...more });
    others.push(machine);
    const report = await timed(`${name} role, first boot`, () => machine.boot());
    assert.equal(report.status, "ready", await machine.read("/var/log/ecommerce.log"));
    return machine;
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-consumers-"));
    const release = await shopRelease(folder);
    all = await roles({ url: `file://${ON_THE_IMAGE}`, sha256: release.sha256 });
    const plain = await roles();
    const mine = { operations: await operations(`${SHOP}/healthz`), bastion: bastion() };
    roots = await buildRoots({
      web: renderImageScript(plain.web, BASE),
      services: renderImageScript(plain.services, BASE),
      database: renderImageScript(plain.database, BASE),
      operations: renderImageScript(mine.operations, BASE),
      bastion: renderImageScript(mine.bastion, BASE),
    });
    for (const [name, role] of Object.entries(mine)) {
      documents[name] = renderUserData(role, { hostname: name, mode: "packages", base: BASE });
    }
    wire = await Wire.create();
    await wire.plug("database", [DATABASE.host]);
    await wire.plug("services", ["10.20.1.11", "10.20.1.10"]);
    await wire.plug("operations", ["10.20.1.40"]);
    await wire.plug("bastion", ["10.20.0.41"]);
    volume = await Volume.create(folder, VOLUME_ID, 1024);
    const image = (role: "database" | "services") =>
      renderUserData(all[role], { hostname: role, mode: "image", base: BASE });
    await boot("database", "database", image("database"), { volume });
    await boot("services", "services", image("services"), { files: { [ON_THE_IMAGE]: release.archive } });
  });

  after(async () => {
    for (const one of others) await one.remove();
    await volume?.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("operations: installs Prometheus and its exporters, and starts them for itself only", async () => {
    server = await boot("operations", "bare", documents.operations ?? "");
    const listening = await server.exec("ss -ltnH 'sport != :22' | awk '{print $4}' | sort");
    assert.deepEqual(listening.split("\n"), ["127.0.0.1:9090", "127.0.0.1:9100", "127.0.0.1:9104", "127.0.0.1:9115"]);
    const users = await server.exec("ps -o user= -C prometheus,prometheus-node,prometheus-mysqld,prometheus-blackb");
    assert.deepEqual([...new Set(users.split("\n"))], ["prometheus"]);
  });

  it("operations: shows orders, database and storefront on its dashboards", async () => {
    const [jar, order] = [path.join(folder, "cookies"), `${SHOP}/index.php?route=checkout`];
    await wire.curl("-c", jar, "-b", jar, "-d", "product_id=2", `${order}/cart.add`);
    assert.match(await wire.curl("-c", jar, "-b", jar, "-d", "email=a@example.com", `${order}/confirm`), /total 49\.9/);
    await server.exec(`setpriv --reuid=prometheus --regid=prometheus --clear-groups \
      python3 /usr/local/lib/ecommerce/orders.py metrics`);
    const page = (name: string) => server.exec(`curl -s ${PROMETHEUS}/consoles/${name}.html`);
    const orders = await eventually(
      () => page("orders"),
      (text) => /<th>Now<\/th><td>opencart<\/td><td>1<\/td>/.test(text),
      120,
    );
    assert.match(orders, /<th>Sales of the last hour<\/th><td>opencart<\/td><td>50<\/td>/);
    assert.match(orders, /<th>23 h ago<\/th><td><\/td><td>no value yet<\/td>/);
    const isUp = (what: string) => (text: string) => text.includes(`<th>${what}</th><td></td><td>up</td>`);
    const database = await eventually(() => page("database"), isUp("Server"), 60);
    assert.match(database, /<th>Connections<\/th><td><\/td><td>\d+<\/td>/);
    await eventually(() => page("web"), isUp("Storefront"), 60);
  });

  it("operations: every panel's query is sound", async () => {
    const queries = Object.values(DASHBOARDS).flatMap(({ panels }) => panels.map(({ query }) => query));
    for (const query of queries) {
      const answer = await server.exec(
        `curl -s --get ${PROMETHEUS}/api/v1/query --data-urlencode 'query=${query.replaceAll("'", "'\\''")}'`,
      );
      assert.equal(JSON.parse(answer).status, "success", query);
    }
    for (const name of Object.keys(DASHBOARDS)) {
      assert.equal(
        await server.exec(`curl -s -o /dev/null -w '%{http_code}' ${PROMETHEUS}/consoles/${name}.html`),
        "200",
      );
    }
  });

  it("operations: reports hour by hour, and reads over TLS that it has verified, nothing but the stores", async () => {
    const rows = await server.exec(
      `cd /usr/local/lib/ecommerce && python3 -c 'import json, orders
config = json.load(open("/etc/ecommerce/orders.json"))
print(json.dumps(orders.by_hour(config, "opencart")))'`,
    );
    const [[hour, count, sales] = []] = JSON.parse(rows);
    assert.match(String(hour), /^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
    assert.deepEqual([count, sales], ["1", "49.90"]);
    const sql = (text: string, file = "/etc/ecommerce/reader.cnf") =>
      server.exec(`mysql --defaults-file=${file} --batch --skip-column-names opencart -e "${text}" 2>&1`);
    assert.match(await sql("SHOW STATUS LIKE 'Ssl_version'"), /TLSv1\.3/);
    await assert.rejects(sql("DELETE FROM oc_order"), /denied/);
    await assert.rejects(sql("SELECT user FROM mysql.user"), /denied/);
    await server.exec(
      "sed 's|^ssl-ca.*|ssl-ca = /etc/ssl/certs/ca-certificates.crt|' /etc/ecommerce/reader.cnf >/root/other.cnf",
    );
    await assert.rejects(sql("SELECT 1", "/root/other.cnf"), /certificate|SSL/);
    await server.exec("rm /root/other.cnf");
  });

  it("bastion: hardened as every server, and a door for tunnels", async () => {
    door = await boot("bastion", "bare", documents.bastion ?? "");
    const settings = await door.exec("mkdir -p /run/sshd; /usr/sbin/sshd -T");
    for (const line of ["passwordauthentication no", "permitrootlogin no", "allowtcpforwarding local"]) {
      assert.match(settings, new RegExp(`^${line}$`, "m"));
    }
    assert.match(
      await server.exec("mkdir -p /run/sshd; /usr/sbin/sshd -T"),
      /^permitopen 127\.0\.0\.1:9090 localhost:9090$/m,
    );
  });

  it("bastion: its second leg takes its address and the route to the database, and the default route stays one", async () => {
    await wire.plugAgain("bastion", "eth1", APP_LEG.macAddress);
    // Real networkd, as in a container: where /sys cannot be written there is no udev to wait for.
    await door.exec(`mount -t sysfs -o ro sysfs /sys; mkdir -p /run/systemd/netif
      chown systemd-network: /run/systemd/netif
      setsid /lib/systemd/systemd-networkd </dev/null >/var/log/networkd.log 2>&1 &`);
    const routes = () => door.exec("ip -4 -oneline route show");
    const taken = await eventually(routes, (text) => text.includes("10.20.2.0/24 via 10.20.1.2 dev eth1"), 30);
    assert.match(taken, /^10\.20\.1\.0\/24 dev eth1 .* src 10\.20\.1\.41/m);
    assert.deepEqual(taken.match(/^default .*? dev \S+/gm), ["default via 10.20.255.254 dev eth0"]);
    assert.match(await door.exec("ip -oneline link show eth1"), /mtu 1442/);
    assert.match(await door.exec("ip -4 route get 10.20.2.10"), /via 10\.20\.1\.2 dev eth1 src 10\.20\.1\.41/);
  });

  it("satisfy cloud-init, and each program's own check of its configuration", async () => {
    for (const [name, text] of Object.entries(documents)) {
      await door.write("/run/user-data", text);
      assert.match(await door.exec("cloud-init schema --config-file /run/user-data; rm /run/user-data"), /Valid/);
      const bytes = encodedSize(Buffer.from(text));
      process.stdout.write(`      ${name}: ${bytes} bytes of user data\n`);
      assert.ok(bytes < 65_535);
    }
    const everywhere = ["/usr/sbin/sshd -t", "nft --check --file /etc/ecommerce/metadata-guard.nft"];
    const own = [
      "promtool check config /etc/ecommerce/prometheus.yml",
      "promtool check metrics </var/lib/ecommerce/metrics/orders.prom",
      "prometheus-blackbox-exporter --config.check --config.file=/etc/ecommerce/blackbox.yml",
      "python3 -m py_compile /usr/local/lib/ecommerce/orders.py",
      "SYSTEMD_LOG_LEVEL=warning systemd-analyze verify /etc/systemd/system/operations-*",
    ];
    for (const command of [...everywhere, ...own]) await server.exec(`set -e; ${command}`);
    for (const command of everywhere) await door.exec(`set -e; ${command}`);
  });

  it("operations: leaves no secret in logs, process lists, cloud-init's copies, or where others may read", async () => {
    const secrets = [...Object.values(CONSUMER_SECRETS), PASSWORDS.reader].map((text) => text.replaceAll(".", "\\."));
    const pattern = secrets.join("\\|");
    const found = await server.exec(
      `grep -rlI '${pattern}' /var/log /var/lib/cloud /var/lib/ecommerce /run /tmp /etc /usr/local 2>/dev/null | sort || true`,
    );
    const files = ["/etc/ecommerce/orders.json", "/etc/ecommerce/prometheus.yml", "/etc/ecommerce/reader.cnf"];
    assert.deepEqual(found.split("\n"), files);
    assert.equal(
      await server.exec(`tr '\\0' ' ' </proc/[0-9]*/cmdline 2>/dev/null | grep -c '${pattern}' || true`),
      "0",
    );
    const stranger = "setpriv --reuid=nobody --regid=nogroup --clear-groups";
    assert.equal(await server.exec(`${stranger} cat ${files.join(" ")} 2>/dev/null | wc -c`), "0");
  });

  it("operations: is there again after a second boot, with what it has recorded", async () => {
    await server.powerOff();
    assert.equal((await server.boot()).status, "ready");
    const ask = `curl -s --get ${PROMETHEUS}/api/v1/query --data-urlencode 'query=count_over_time(shop_orders_last_hour[1h])'`;
    const recorded = await eventually(
      () => server.exec(`${ask} || true`),
      (text) => /"success".*opencart/.test(text),
      60,
    );
    assert.match(recorded, /opencart/);
  });
});
