import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BootMode, renderImageScript, renderUserData } from "../../components/cloud-init/role";
import type { BalancerRoleArgs } from "../../components/cloud-init/roles/balancer";
import { haproxyConf } from "../../components/cloud-init/roles/haproxy";
import { certificates } from "../../components/database/certificates";
import { balancer, NODES, PASSWORD, poolOf, SLOTS, VIP } from "../support/balancer-args";
import { eventually } from "../support/eventually";
import { figure, timed } from "../support/figures";
import { Machine } from "../support/machine";
import { BASE, FLAVOR } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { CLIENT, Wire } from "../support/wire";

const SHOP = `https://${VIP}`;
const MEMBERS = { one: "10.20.0.16", two: "10.20.0.20" };
describe("the balancer role, executed on real roots", function () {
  this.timeout("10m");
  let folder: string;
  let roots: string;
  let wire: Wire;
  let certificate: BalancerRoleArgs["certificate"];
  const balancers: Machine[] = [];

  const role = (index: 0 | 1, pool: object = {}) => balancer({ index, pool, certificate });
  const machine = (index: 0 | 1, mode: BootMode, pool: object = {}) => {
    const { name } = NODES[index];
    const userData = renderUserData(role(index, pool), { hostname: name, mode, base: BASE });
    return Machine.create({ name, root: mode === "image" ? "balancer" : "bare", roots, userData });
  };

  interface Answer {
    readonly member: string;
    readonly [header: string]: string;
  }
  const ask = async (place = "/", ...args: string[]): Promise<Answer> =>
    JSON.parse(await wire.curl("-k", ...args, `${SHOP}${place}`));
  const status = (...args: string[]) => wire.curl("-k", "-o", "/dev/null", "-w", "%{http_code}", ...args);
  const holds = async (index: 0 | 1) =>
    (await balancers[index]?.exec(`ip -o address show to ${VIP} | wc -l`).catch(() => "0")) === "1";

  /** Asks all the time, until told to stop. @returns how many requests failed, and for how long at the longest */
  function load(seconds: number) {
    return wire.load(`${SHOP}/`, seconds);
  }

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-balancer-"));
    const { serverCertificate, serverKey } = await certificates("a seed of thirty-two bytes or more", "test", VIP);
    certificate = { chain: serverCertificate, privateKey: serverKey };
    roots = await buildRoots({ balancer: renderImageScript(role(0), BASE) });
    wire = await Wire.create();
    for (const { name, address } of NODES) await wire.plug(name, [address]);
    for (const [name, address] of Object.entries(MEMBERS)) {
      await wire.plug(name, [address]);
      wire.serve(name, "member.py", name);
    }
  });

  after(async () => {
    for (const one of balancers) await one.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("comes up from packages and from a golden image, and one of the two has the shared address", async () => {
    for (const [index, mode] of [
      [0, "packages"],
      [1, "image"],
    ] as const) {
      const one = await machine(index, mode, { persistence: { type: "none" } });
      balancers.push(one);
      const report = await timed(`balancer role, first boot, ${mode}`, () => one.boot());
      assert.equal(report.status, "ready", await one.read("/var/log/ecommerce.log"));
    }
    await eventually(async () => (await holds(0)) !== (await holds(1)), Boolean, 20);
    assert.equal(await holds(0), true);
  });

  it("sends requests in turn to whoever answers at one of its addresses, and knows the client", async () => {
    await eventually(
      () => status(`${SHOP}/`),
      (code) => code === "200",
      20,
    );
    await sleep(6000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const of = (name: string) => answers.filter(({ member }) => member === name).length;
    assert.deepEqual([of("one"), of("two")], [10, 10]);
    const liar = await ask("/", "-H", "X-Forwarded-For: 192.0.2.66", "-H", "X-Forwarded-Host: evil.example");
    assert.equal(liar["X-Forwarded-For"], CLIENT);
    assert.equal(liar["X-Forwarded-Proto"], "https");
    assert.equal(liar["X-Forwarded-Host"], "");
  });

  it("ends TLS, sends plain HTTP there, and refuses what is older than TLS 1.2", async () => {
    const plain = await wire.curl("-i", `http://${VIP}/item?id=3&x=a%20b`);
    assert.match(plain, /^HTTP\/1\.1 301/);
    assert.match(plain, /^location: https:\/\/10\.20\.0\.9\/item\?id=3&x=a%20b\r?$/im);
    assert.equal(await status("--tlsv1.2", "--tls-max", "1.2", `${SHOP}/`), "200");
    assert.equal(await wire.curl("-k", "-o", "/dev/null", "-w", "%{http_version}", `${SHOP}/`), "2");
    await assert.rejects(status("--tls-max", "1.1", `${SHOP}/`));
  });

  it("shows its figures to nobody but itself", async () => {
    for (const { address } of [...NODES, { address: VIP }]) await assert.rejects(status(`http://${address}:8404/`));
    assert.match((await balancers[0]?.exec("curl -s 'http://127.0.0.1:8404/;csv'")) ?? "", /^servers,s1,/m);
  });

  it("satisfies cloud-init and its programs' own checks, whatever the pool is", async () => {
    const [one] = balancers;
    assert.ok(one);
    for (const mode of ["packages", "image"] as const) {
      await one.write("/run/user-data", renderUserData(role(0), { hostname: "checked", mode, base: BASE }));
      assert.match(await one.exec("cloud-init schema --config-file /run/user-data; rm /run/user-data"), /Valid/);
    }
    assert.match(await one.read("/var/log/ecommerce.log"), /checking keepalived's configuration/);
    await one.exec("SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no /lib/systemd/system/haproxy.service");
    const types = [{ type: "SOURCE_IP" }, { type: "HTTP_COOKIE" }, { type: "APP_COOKIE", cookie: "OCSESSID" }];
    for (const persistence of types) {
      for (const algorithm of ["ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP"] as const) {
        const pool = { ...poolOf({ persistence }), algorithm };
        const tlsFile = "/etc/ecommerce/tls/site.pem";
        const of = { flavor: FLAVOR, nodes: NODES, pool, slots: SLOTS, connections: 100, favoured: [CLIENT] };
        const text = haproxyConf({ ...of, isPublic: false, tlsFile });
        await one.write("/run/haproxy.cfg", text);
        assert.equal(await one.exec("haproxy -c -q -f /run/haproxy.cfg 2>&1"), "", JSON.stringify(persistence));
      }
    }
  });

  it("keeps key and password to root", async () => {
    for (const one of balancers) {
      const nobody = "setpriv --reuid=nobody --regid=nogroup --clear-groups";
      const files = "/etc/ecommerce/tls/site.pem /etc/ecommerce/keepalived.conf /etc/keepalived/keepalived.conf";
      assert.equal(await one.exec(`${nobody} cat ${files} 2>/dev/null | wc -c`), "0");
      const secret = PASSWORD.slice(0, 8).replaceAll(".", "\\.");
      const found = await one.exec(
        `grep -rlI -e '${secret}' -e 'PRIVATE KEY' /var/log /var/lib/cloud /run /tmp || true`,
      );
      assert.equal(found, "");
    }
  });

  it("loses no request when it is reloaded under load", async () => {
    const running = load(8);
    for (let round = 0; round < 4; round += 1) {
      await sleep(1500);
      await balancers[0]?.exec("systemctl reload haproxy");
    }
    const { requests, failed } = await running;
    assert.ok(requests > 50, `${requests} requests`);
    assert.equal(failed, 0);
  });

  it("takes a member out that is gone, and back when it answers again", async () => {
    await wire.stop("two");
    await eventually(
      async () => (await ask()).member,
      (name) => name === "one",
      5,
    );
    const after = await timed("from a dead member to a clean pool", () =>
      eventually(
        () => Promise.all(Array.from({ length: 6 }, () => ask())),
        (answers) => answers.every(({ member }) => member === "one"),
        20,
      ),
    );
    assert.equal(after.length, 6);
    wire.serve("two", "member.py", "two");
    await eventually(
      async () => (await ask()).member,
      (name) => name === "two",
      20,
    );
  });

  it("the other one takes over within 5 s when HAProxy dies on the one that has the address", async () => {
    const running = load(12);
    await sleep(2000);
    // As a whole, so that nothing starts it again.
    await balancers[0]?.exec("kill -9 $(cat /run/haproxy.pid) $(pidof haproxy) || true");
    const { longest } = await running;
    figure("shared address, from a dead HAProxy to the other one", longest);
    assert.ok(longest <= 5, `${longest} s`);
    assert.deepEqual([await holds(0), await holds(1)], [false, true]);
  });

  it("keeps the address where it is when the first one is back", async () => {
    await balancers[0]?.exec("rm -f /run/haproxy.pid; systemctl start haproxy");
    await sleep(6000);
    assert.deepEqual([await holds(0), await holds(1)], [false, true]);
  });

  it("the other one takes over within 5 s when the one that has the address loses its power", async () => {
    const running = load(12);
    await sleep(2000);
    await balancers[1]?.powerOff();
    const { longest } = await running;
    figure("shared address, from a dead server to the other one", longest);
    assert.ok(longest <= 5, `${longest} s`);
    assert.equal(await holds(0), true);
  });

  it("comes back after a reboot by itself, without the address", async () => {
    const report = await balancers[1]?.boot();
    assert.equal(report?.status, "ready");
    await sleep(5000);
    assert.deepEqual([await holds(0), await holds(1)], [true, false]);
    assert.equal(await balancers[1]?.exec("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8404/alive"), "200");
  });

  it("keeps a shopper at one member, by a cookie of its own or by the application's", async () => {
    const jar = path.join(folder, "cookies");
    const stays = async (place: string) => {
      await writeFile(jar, "");
      const { member } = await ask(place, "-c", jar, "-b", jar);
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask("/", "-b", jar)));
      assert.deepEqual(new Set(answers.map((answer) => answer.member)), new Set([member]));
    };
    for (const [persistence, place] of [
      [{ type: "HTTP_COOKIE" }, "/"],
      [{ type: "APP_COOKIE", cookie: "OCSESSID" }, "/login"],
    ] as const) {
      const configured = role(0, { persistence }).bootFiles.find((file) => file.path.endsWith("haproxy.cfg"));
      await balancers[0]?.write("/etc/ecommerce/haproxy.cfg", configured?.content ?? "");
      await balancers[0]?.exec("systemctl reload haproxy");
      await sleep(2000);
      await stays(place);
    }
  });
});
