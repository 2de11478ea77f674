import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Release, shopRelease } from "../../commands/store/release";
import type { Role } from "../../components/cloud-init/role";
import { balancerRole } from "../../components/cloud-init/roles/balancer";
import { type WebRoleArgs, webRole } from "../../components/cloud-init/roles/web";
import { poolSchema } from "../../components/config/balancing-schema";
import { run } from "../../toolchain/run";
import { eventually } from "../support/eventually";
import type { Machine } from "../support/machine";
import { boots, onTheImage, Rack } from "../support/rack";
import { DATABASE, DOOR, FLAVOR, roles } from "../support/role-args";
import type { StoreRole } from "../support/roots";
import { machinesWork } from "../support/roots";
import { NETWORK, type Wire } from "../support/wire";

/** Where each kind of balancer lets shoppers in, and where its web server finds the app tier. */
const KINDS = {
  octavia: { shop: "10.20.0.12", web: "10.20.0.31", app: "10.20.1.9" },
  connections: { shop: "10.20.0.32", web: "10.20.0.32", app: "10.20.1.31" },
  haproxy: { shop: "10.20.0.9", web: "10.20.0.33", app: "10.20.1.8" },
} as const;
type Kind = keyof typeof KINDS;
const APP_SERVER = "10.20.1.31";
const BALANCERS = { web: "10.20.0.21", app: "10.20.1.21" };
const OFFICE = "203.0.113.4";
const LIE = "192.0.2.66";
/** Low enough to be met in a test, where they are not the defaults. */
const LIMITS = { logins: 6, pages: 60, atOnce: 8, connections: 20 };

const shopper = (number: number) => `203.0.113.${number}`;

describe("the front door: who comes, who may open what, how often; executed on real roots", function () {
  this.timeout("10m");
  let rack: Rack;
  let release: Release;
  let wire: Wire;
  let database: Machine;
  let next = 10;
  /** A shopper whom nobody has seen yet. */
  const stranger = () => shopper(next++);

  const web = (kind: Kind): WebRoleArgs => ({
    flavor: FLAVOR,
    appVip: KINDS[kind].app,
    hsts: undefined,
    staticUrl: undefined,
    cache: 5,
    backoffice: [`${OFFICE}/32`],
    limits: kind === "connections" ? LIMITS : DOOR.limits,
    clients:
      kind === "connections"
        ? { come: "directly", certificate: undefined }
        : { come: "through a balancer", cidr: "10.20.0.0/24", https: false },
  });
  const balancer = (tier: "web" | "app", vip: string, member: string) =>
    balancerRole({
      flavor: FLAVOR,
      own: { name: `${tier}-balancer`, address: BALANCERS[tier] },
      peer: { name: "nobody", address: "10.20.2.99" },
      priority: 100,
      vip,
      password: "Shared.by.the.two.1",
      pool: { ...poolSchema.parse({ monitor: { delay: 2, timeout: 1, retries: 1 } }), algorithm: "ROUND_ROBIN" },
      slots: [member],
      isPublic: tier === "web",
      connections: LIMITS.connections,
      favoured: [`${OFFICE}/32`],
      certificate: undefined,
    });

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    const plain = await roles();
    const publicBalancer = balancer("web", KINDS.haproxy.shop, KINDS.haproxy.web);
    rack = await Rack.create("door", { ...plain, balancer: publicBalancer });
    ({ wire } = rack);
    release = await shopRelease(rack.folder);
    const baked = onTheImage(release);
    const { services } = await roles(baked.release);
    for (let number = 2; number < 250; number += 1) {
      await run("ip", ["-n", NETWORK, "address", "add", `${shopper(number)}/32`, "dev", "wire"]);
    }
    const boot = async (name: string, address: string, root: StoreRole, role: Role) => {
      await wire.plug(name, [address]);
      const machine = await rack.machine(name, root, role, root === "services" ? baked.files : {});
      await boots(machine);
      return machine;
    };
    database = await boot("database", DATABASE.host, "database", plain.database);
    await Promise.all([
      boot("services", APP_SERVER, "services", services),
      ...(["octavia", "connections", "haproxy"] as const).map((kind) =>
        boot(`web-${kind}`.slice(0, 12), KINDS[kind].web, "web", webRole(web(kind))),
      ),
      boot("b-web", BALANCERS.web, "balancer", publicBalancer),
      boot("b-app", BALANCERS.app, "balancer", balancer("app", KINDS.haproxy.app, APP_SERVER)),
    ]);
    await wire.plug("octavia", [KINDS.octavia.shop]);
    await wire.plug("o-app", [KINDS.octavia.app]);
    wire.serve("octavia", "octavia.py", KINDS.octavia.shop, KINDS.octavia.web, "proto");
    wire.serve("o-app", "octavia.py", KINDS.octavia.app, APP_SERVER);
    for (const kind of Object.keys(KINDS) as Kind[]) {
      await eventually(
        () => ask(kind, "/index.php?route=checkout/cart", shopper(2)).catch(() => ({ status: 0 })),
        ({ status }) => status === 200,
        30,
      );
    }
  });

  after(async () => {
    await rack?.remove();
  });

  const ask = async (kind: Kind, place: string, from: string, ...args: string[]) => {
    const url = `http://${KINDS[kind].shop}${place}`;
    const text = await wire.curl("-i", "-g", "--path-as-is", "--interface", from, ...args, url);
    const [head = "", ...body] = text.split("\r\n\r\n");
    return { status: Number(/^HTTP\/1\.\d (\d+)/.exec(head)?.[1]), head, body: body.join("\r\n\r\n") };
  };
  const LOGIN = "/index.php?route=account/login.login";
  /** OpenCart takes logins only from those who have come to the form. */
  const logIn = async (kind: Kind, from: string, email: string, ...args: string[]) => {
    const guess = ["-d", `email=${email}`, "-d", "password=wrong", ...args];
    if (!release.isOpenCart) return ask(kind, LOGIN, from, ...guess);
    const form = await ask(kind, "/index.php?route=account/login", from, "-H", "Cookie: any=thing");
    const [, token = ""] = /login_token=(\w+)/.exec(form.body) ?? [];
    const [, session = ""] = /^set-cookie: (OCSESSID=\w+)/im.exec(form.head) ?? [];
    return ask(kind, `${LOGIN}&login_token=${token}`, from, "-H", `Cookie: ${session}`, ...guess);
  };
  /** Something that makes the shop write down for whom it takes its client. */
  const leaveATrace = (kind: Kind, from: string, ...args: string[]) =>
    release.isOpenCart
      ? ask(kind, "/index.php?route=product/product&product_id=40", from, "-H", "Cookie: any=thing", ...args)
      : logIn(kind, from, `${from}@example.com`, ...args);
  const traces = async () => {
    const table = release.isOpenCart ? "product_report" : "customer_login";
    return new Set((await database.exec(`mysql -N -e "SELECT DISTINCT ip FROM opencart.oc_${table}"`)).split("\n"));
  };

  describe("whom the shop takes a client for", () => {
    const lies: readonly (readonly string[])[] = [
      [],
      ...[
        "CF-Connecting-IP",
        "X-Forwarded-For",
        "X-Real-IP",
        "X-Client-IP",
        "Client-IP",
        "X-Cluster-Client-IP",
      ].flatMap((name) => [
        [`${name}: ${LIE}`],
        [`${name}: 2001:db8::66`],
        [`${name}: ${LIE}`, `${name}: 192.0.2.67`],
        [`${name.toLowerCase()}: ${LIE}, 10.20.0.10, 127.0.0.1`],
        [`${name.replaceAll("-", "_")}: ${LIE}`],
        [`${name}: ${LIE}`, `Connection: ${name}`],
      ]),
      ["X-Forwarded-For: unknown", "X-Forwarded-For: 10.20.0.10", "Connection: close, X-Forwarded-For, X-Real-IP"],
      ["Forwarded: for=192.0.2.66", "True-Client-IP: 192.0.2.66", "X_FORWARDED_FOR: 192.0.2.66"],
      ["X-Forwarded-For: 10.20.1.9", "X-Forwarded-For: 10.20.0.31", "X-Forwarded-For: 10.20.1.21"],
    ];
    for (const kind of Object.keys(KINDS) as Kind[]) {
      it(`is whom the connection says, whatever they claim: ${kind}`, async () => {
        const came = await Promise.all(
          lies.map(async (claims) => {
            const from = stranger();
            const answer = await leaveATrace(kind, from, ...claims.flatMap((claim) => ["-H", claim]));
            assert.equal(answer.status, 200, `${claims}`);
            return from;
          }),
        );
        const seen = await traces();
        for (const [index, from] of came.entries()) assert.ok(seen.has(from), `${lies[index]}: not ${from}`);
        for (const address of seen) assert.match(address, /^203\.0\.113\./);
      });
    }

    it("so that five wrong passwords close an account to their address, whatever comes with the sixth", async () => {
      const from = stranger();
      const tries = Array.from({ length: 7 }, (_, index) => ["-H", `X-Forwarded-For: 192.0.2.${index}`]);
      const said: string[] = [];
      for (const claims of tries) said.push((await logIn("octavia", from, "locked@example.com", ...claims)).body);
      assert.deepEqual(
        said.map((body) => /exceeded/.test(body)),
        [false, false, false, false, false, true, true],
      );
    });
  });

  describe("administration and API", () => {
    const claims = [
      ["-H", `X-Forwarded-For: ${OFFICE}`],
      ["-H", `X-Forwarded-For: ${OFFICE}, ${OFFICE}`, "-H", `X-Real-IP: ${OFFICE}`, "-H", `Client-IP: ${OFFICE}`],
    ];
    const administration = ["/admin", "/admin/", "/admin/index.php", "//admin/", "/./admin/", "/x/../admin/"].concat(
      ["/%61dmin/", "/adm%69n/index.php", "/index.php/../admin/index.php", "/admin/index.php?route=common/home"],
      ["/admin/index.php/x", "/%2e/admin/", "/image/..//admin/index.php", "/admin//index.php"],
    );
    const routes = ["route=api/order", "route=api%2Forders", "%72oute=api/order", "rout%65=api/order"].concat(
      ["route=common/home&route=api/order", "route=api/order&route=common/home&route=api/order", "+route=api/order"],
      ["%20route=api/order", "route%00x=api/order", "route%0A=api/order", "%09route=api/order"],
      ["route=API/orders", "route=Api/Orders", "route=a-pi/orders", "route=a_pi/orders", "route=_api/order"],
      [
        "route=%61pi/orders",
        "route=ap%69/orders",
        "route=a%00pi/orders",
        "route=a.pi/orders.index",
        "route=+api/order",
      ],
      ["route=api/order.index", "route=api|orders", "route=api/order%7Cindex", "route=%2Fapi/order"],
      ["route=extension/opencart/api/coupon", "route=extension%2Fopencart%2Fapi%2Fcoupon", "a=b&route=api/order"],
      ["route=extension/op.en/a_p_i/x", "x[route]=1&route=api/order", "route=ap%C3%A9i/orders"],
    );
    const places = [
      ...administration,
      ...["/index.php?", "/?", "/en-gb/anything?", "/a.css?"].flatMap((start) => routes.map((one) => start + one)),
      ...["/x%26route=api/order", "/x&route=api/order", "/x%26%72oute=a-pi/orders", "/x%26%2572oute=api/order"],
    ];
    /** The form of administration, or what the API says to whoever comes without a signature. */
    const isThere = (body: string) => /Log in|login details|orders for|permission to access the API/.test(body);

    for (const kind of ["octavia", "connections", "haproxy"] as const) {
      it(`are closed to shoppers, however they spell it, and to those who claim to be somebody else: ${kind}`, async () => {
        for (const place of kind === "octavia" ? places : ["/admin/", "/index.php?route=api/order"]) {
          const from = stranger();
          const answers = [await ask(kind, place, from), await ask(kind, place, from, "-d", "route=common/home")];
          for (const one of claims) answers.push(await ask(kind, place, from, ...one));
          for (const { status, body } of answers) {
            assert.ok(!isThere(body), `${place}: ${status} ${body}`);
            assert.ok(status >= 400 && status < 500, `${place}: ${status}`);
          }
          if (next > 200) next = 140;
        }
        const { status, body } = await ask(kind, "/admin/index.php", stranger());
        assert.equal(status, 403);
        assert.ok(body.length < 400, body);
      });

      it(`are open to access.backoffice: ${kind}`, async () => {
        const admin = await ask(kind, "/admin/index.php", OFFICE);
        assert.match(admin.body, /Log in|login details/);
        const api = await ask(kind, "/index.php?route=api%2Forder&username=x", OFFICE);
        assert.ok(isThere(api.body), api.body);
      });
    }

    it("are nobody's where neither backoffice nor admins are named; shoppers' own pages stay as they are", async () => {
      for (const place of [
        "/",
        "/index.php?route=product/product&product_id=1",
        "/index.php?route=product%2Fsearch&search=api/order",
        "/index.php?route=account/login&x=route",
        "/index.php?language=en-gb&route=checkout/cart",
        "/administration",
        "/?utm_source=route=api/x",
      ]) {
        const { status, body } = await ask("octavia", place, stranger());
        assert.ok(
          status === 200 || (status === 404 && /There is no|cannot be found/.test(body)),
          `${place}: ${status}`,
        );
      }
      const closed = webRole({ ...web("octavia"), backoffice: [] });
      const site = closed.bootFiles.find(({ path }) => path.endsWith("sites-available/ecommerce.conf"));
      const machine = rack.named("web-octavia");
      assert.ok(machine && site);
      const before = await machine.read("/etc/apache2/sites-available/ecommerce.conf");
      await machine.write("/etc/apache2/sites-available/ecommerce.conf", site.content);
      await machine.exec("apachectl graceful; sleep 1");
      assert.equal((await ask("octavia", "/admin/", OFFICE)).status, 403);
      assert.equal((await ask("octavia", "/index.php?route=api/order", OFFICE)).status, 403);
      assert.equal((await ask("octavia", "/healthz", OFFICE)).body.trim(), "ok");
      await machine.write("/etc/apache2/sites-available/ecommerce.conf", `${before}\n`);
      await machine.exec("apachectl graceful; sleep 1");
    });
  });

  describe("limits of one client", () => {
    const machineOf = (kind: Kind) => {
      const found = rack.named(`web-${kind}`.slice(0, 12));
      assert.ok(found);
      return found;
    };
    const refused = ({ status, head }: { status: number; head: string }) =>
      status === 429 && /^Retry-After: \d+\r?$/im.test(head);

    it("wrong logins are slowed, in the shop and in administration, and nothing else of theirs is", async () => {
      const places = [LOGIN, "/admin/index.php?route=common/login.login", "/index.php?route=account/l_ogin.LOGIN"];
      for (const [index, place] of places.entries()) {
        const from = index === 1 ? OFFICE : stranger();
        const tries = [];
        for (let attempt = 0; attempt < LIMITS.logins + 3; attempt += 1) {
          const guess = ["-d", `email=${attempt}@example.com`, "-d", "username=admin", "-d", `password=${attempt}`];
          tries.push(await ask("connections", place, from, "-H", `X-Real-IP: 192.0.2.${attempt}`, ...guess));
        }
        assert.deepEqual(tries.map(refused), [...Array(LIMITS.logins).fill(false), true, true, true], place);
        assert.equal((await ask("connections", "/index.php?route=checkout/cart", from)).status, 200);
        // Somebody else's are their own.
        assert.equal((await logIn("connections", stranger(), "else@example.com")).status, 200);
      }
    });

    it("requests to the shop are counted a minute, files, shared pages, checks and the back office are not", async () => {
      const from = stranger();
      const many = (place: string, times: number, who = from) =>
        Promise.all(Array.from({ length: times }, () => ask("connections", place, who)));
      const cart = "/index.php?route=checkout/cart";
      for (let round = 0; round < LIMITS.pages / 4; round += 1) {
        for (const { status } of await many(cart, 4)) assert.equal(status, 200);
      }
      const after = await many(cart, 4);
      assert.ok(after.some(refused), after.map(({ status }) => status).join());
      assert.match(after.find(refused)?.body ?? "", /^Too many requests: try again in 10 seconds/);
      await ask("connections", "/index.php?route=common/home", stranger());
      for (const place of ["/index.php?route=common/home", "/healthz", "/catalog/missing.css"]) {
        const statuses = (await many(place, 4)).map(({ status }) => status);
        assert.ok(!statuses.includes(429), `${place}: ${statuses}`);
      }
      const office = [];
      for (let round = 0; round < 20; round += 1) office.push(...(await many(cart, 4, OFFICE)));
      assert.deepEqual(new Set(office.map(({ status }) => status)), new Set([200]));
      assert.equal((await ask("connections", cart, stranger())).status, 200);
    });

    it("requests at the same time are bounded, while the shop is slow", async () => {
      const from = stranger();
      const services = rack.named("services");
      await services?.exec("kill -STOP $(pidof php-fpm8.2)");
      const running = Array.from({ length: 20 }, () => ask("connections", "/index.php?route=checkout/cart", from));
      const [first] = await Promise.all([Promise.race(running), sleep(3000)]);
      await services?.exec("kill -CONT $(pidof php-fpm8.2)");
      assert.ok(refused(first), first.head);
      const statuses = (await Promise.all(running)).map(({ status }) => status);
      const of = (wanted: number) => statuses.filter((status) => status === wanted).length;
      assert.deepEqual([of(200), of(429)], [LIMITS.atOnce, 20 - LIMITS.atOnce]);
    });

    it("several shoppers behind one address shop on by the defaults", async () => {
      const from = stranger();
      const visits = Array.from({ length: 12 }, async (_, who) => {
        const statuses: number[] = [];
        for (let page = 0; page < 12; page += 1) {
          const places = ["checkout/cart", `product/search&search=${who}-${page}`, "product/product&product_id=2"];
          for (const route of places) {
            const cookie = ["-H", `Cookie: OCSESSID=${String(who).padStart(32, "0")}`];
            statuses.push((await ask("octavia", `/index.php?route=${route}`, from, ...cookie)).status);
          }
        }
        const login = await logIn("octavia", from, `nat-${who}@example.com`);
        return [...statuses, login.status];
      });
      const all = (await Promise.all(visits)).flat();
      assert.equal(all.length, 12 * 37);
      assert.deepEqual(new Set(all), new Set([200]));
    });

    for (const kind of ["connections", "haproxy"] as const) {
      it(`connections are bounded, those of others and of the back office are not: ${kind}`, async () => {
        const open = async (from: string, number: number) => {
          const script = `import socket, sys, time
held, refused = [], 0
for _ in range(${number}):
    one = socket.socket()
    one.settimeout(2)
    one.bind(("${from}", 0))
    try:
        one.connect(("${KINDS[kind].shop}", 80))
        held.append(one)
    except OSError:
        refused += 1
time.sleep(0.5)
alive = 0
for one in held:
    try:
        one.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        alive += one.recv(20).startswith(b"HTTP/1.1 200")
    except OSError:
        pass
print(alive)`;
          const { stdout } = await run("ip", ["netns", "exec", NETWORK, "python3", "-c", script]);
          return Number(stdout);
        };
        assert.equal(await open(stranger(), LIMITS.connections + 20), LIMITS.connections);
        assert.equal(await open(OFFICE, LIMITS.connections + 20), LIMITS.connections + 20);
        assert.equal((await ask(kind, "/healthz", stranger())).status, 200);
      });
    }

    it("an image baked before there were limits says so", async () => {
      const machine = machineOf("octavia");
      const unit = "/etc/systemd/system/haproxy.service.d/ecommerce.conf";
      const check = "apachectl configtest 2>&1 || echo failed";
      const said = await machine.exec(`mv ${unit} /run/; ${check}; mv /run/ecommerce.conf ${unit}`);
      assert.match(
        said,
        /this image was baked before access\.limits: bake it anew with npm run image -- web[\s\S]*failed$/,
      );
    });
  });
});
