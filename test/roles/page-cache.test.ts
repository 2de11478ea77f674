import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { webRole } from "../../components/cloud-init/roles/web";
import { Machine } from "../support/machine";
import { BASE, DOOR, FLAVOR } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { CLIENT, Wire } from "../support/wire";

const ADDRESS = "10.20.0.11";
const SHOP = `http://${ADDRESS}`;
const APP = "10.20.1.10";
const SECONDS = 2;
const HOME = "/index.php?route=common/home";
const ITEM = "/index.php?route=product/product&product_id=43&language=en-gb";
const found = (how: string) => `/index.php?route=product/search&search=${how}`;

/** What the hostile shop says on every page. */
interface Page {
  readonly page: number;
  readonly path: string;
  readonly session: string;
  readonly cart: readonly string[];
  readonly told: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly head: string;
  /** Undefined: the answer did not come by way of the cache. */
  readonly cache: "HIT" | "MISS" | undefined;
  /** Sessions that it gives. */
  readonly given: readonly string[];
  readonly body: string;
}

describe("pages that anonymous visitors share, on a real web server before a hostile shop", function () {
  this.timeout("5m");
  let wire: Wire;
  let web: Machine;

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    const role = webRole({
      flavor: FLAVOR,
      appVip: APP,
      hsts: undefined,
      staticUrl: undefined,
      cache: SECONDS,
      ...DOOR,
      clients: { come: "through a balancer", cidr: "10.20.0.0/24", https: false },
    });
    const roots = await buildRoots({ web: renderImageScript(role, BASE) });
    wire = await Wire.create();
    await wire.plug("web", [ADDRESS]);
    await wire.plug("app", [APP]);
    wire.serve("app", "hostile-shop.py");
    const userData = renderUserData(role, { hostname: "web", mode: "image", base: BASE });
    web = await Machine.create({ name: "web", root: "web", roots, userData });
    const report = await web.boot();
    assert.equal(report.status, "ready", await web.read("/var/log/ecommerce.log"));
  });

  after(async () => {
    await web?.remove();
    await wire?.remove();
  });

  const ask = async (place: string, ...args: string[]): Promise<Answer> => {
    const text = await wire.curl("-i", "-g", "--path-as-is", ...args, `${SHOP}${place}`);
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const [, cache] = /^X-Cache: (HIT|MISS)/m.exec(head) ?? [];
    return {
      status: Number(/^HTTP\/1\.\d (\d+)/.exec(head)?.[1]),
      head,
      cache: cache === "HIT" || cache === "MISS" ? cache : undefined,
      given: [...head.matchAll(/^Set-Cookie: OCSESSID=(\w+)/gim)].map(([, session = ""]) => session),
      body: rest.join("\r\n\r\n"),
    };
  };
  const pageOf = ({ body }: Answer): Page => JSON.parse(body);
  const expired = () => sleep(SECONDS * 1000 + 200);

  it("makes a page once, gives it to everybody, and gives nobody a session with it", async () => {
    const [first, second] = [await ask(ITEM), await ask(ITEM)];
    assert.deepEqual([first.status, first.cache, second.cache], [200, "MISS", "HIT"]);
    assert.equal(first.body, second.body);
    for (const { head } of [first, second]) {
      assert.doesNotMatch(head, /^Set-Cookie/im);
      assert.match(head, /^Cache-Control: no-store, s-maxage=2\r?$/im);
      assert.match(head, /^X-Content-Type-Options: nosniff\r?$/m);
      assert.match(head, /^X-Frame-Options: SAMEORIGIN\r?$/m);
      assert.match(head, /^Content-Type: text\/html/im);
    }
    const { told, path } = pageOf(first);
    assert.equal(path, ITEM);
    assert.deepEqual(told, {
      ...told,
      Host: ADDRESS,
      Cookie: "",
      "X-Forwarded-Proto": "http",
      "X-Forwarded-For": CLIENT,
    });
  });

  it("knows pages apart by host, address and encoding", async () => {
    const hosts = await Promise.all(
      ["one.example", "two.example", "one.example:8080"].map((host) => ask(HOME, "-H", `Host: ${host}`)),
    );
    assert.deepEqual(
      hosts.map((answer) => pageOf(answer).told.Host),
      ["one.example", "two.example", "one.example:8080"],
    );
    const repeated = await ask(HOME, "-H", "Host: one.example");
    assert.deepEqual([repeated.cache, pageOf(repeated).told.Host], ["HIT", "one.example"]);
    const paths = [
      "/",
      "/index.php",
      "/en-gb/desktops",
      found("a"),
      found("b"),
      found("%C3%A4"),
      `${found("a")}&page=2`,
    ];
    for (const place of paths)
      assert.deepEqual([(await ask(place)).cache, pageOf(await ask(place)).path], ["MISS", place]);
    for (const place of paths) assert.equal((await ask(place)).cache, "HIT", place);
    // Compressed once, and never for those who cannot read it.
    await ask(HOME, "-H", "Accept-Encoding: br, gzip;q=0.9, zstd");
    const zipped = await wire.curl("-i", "-H", "Accept-Encoding: gzip, deflate", "--output", "-", `${SHOP}${HOME}`);
    assert.match(zipped, /^X-Cache: HIT/m);
    assert.match(zipped, /^Content-Encoding: gzip/m);
    for (const header of ["Accept-Encoding: br", "Accept-Encoding: gzip;q=0, br", "Accept-Encoding:"]) {
      assert.equal(pageOf(await ask(HOME, "-H", header)).path, HOME);
    }
  });

  it("leaves to the shop itself whatever is somebody's own, or odd", async () => {
    for (const place of [HOME, ITEM]) assert.ok((await ask(place)).cache);
    const own: readonly (readonly string[])[] = [
      [HOME, "-H", "Cookie: OCSESSID=abc"],
      [HOME, "-H", "Cookie: anything=else"],
      [HOME, "-H", "Authorization: Basic YTpi"],
      [HOME, "-H", "Host: one.example."],
      [HOME, "-H", "Host: One.example"],
      [HOME, "-H", "Host: one.example:80"],
      [HOME, "-H", "Connection: keep-alive, X-Forwarded-Proto"],
      [HOME, "-X", "POST", "-d", "a=b"],
      [HOME, "-X", "GET", "-d", "route=account/login"],
      [HOME, "-X", "PUT", "-d", "a=b"],
      ["/index.php?route=checkout/cart"],
      ["/index.php?route=account/login"],
      ["/index.php?route=product/review.write"],
      ["/index.php?route=common/home&route=account/login"],
      ["/index.php?route=account/login&route=common/home"],
      ["/index.php?route=common/home&%72oute=account/login"],
      ["/index.php?route[]=account/login"],
      [`${HOME}&tracking=a-campaign`],
      [`${HOME}&utm_source=mail`],
      [`${HOME}&customer_token=1234`],
      [`${HOME}&store_id=1`],
      [`${HOME}&search=${"x".repeat(65)}`],
      [`${HOME};jsessionid=1`],
      [`${HOME}&search=<script>`],
      ["/admin"],
      ["/admin/index.php"],
      ["/admin/index.php?route=common/home"],
      ["/en-gb/account/login"],
      ["/checkout"],
      ["/en-gb?route=checkout/checkout"],
      ["/index.php/account/login"],
      ["//index.php"],
      ["/x/../index.php"],
      ["/image/catalog/a.png"],
    ];
    const seen = new Set<number>();
    let refused = 0;
    for (const [place = "", ...args] of own) {
      for (const round of [1, 2]) {
        const answer = await ask(place, ...args);
        assert.equal(answer.cache, undefined, `${place} ${args} ${round}`);
        // Routes with characters that no route has are refused at the door.
        if (answer.status === 400) {
          assert.match(place, /route=/);
          refused += 1;
          continue;
        }
        assert.equal(answer.status, 200, `${place} ${args} ${round}`);
        assert.equal(answer.given.length, 1, place);
        seen.add(pageOf(answer).page);
      }
    }
    assert.equal(seen.size + refused, own.length * 2);
    assert.ok(refused > 0 && refused < own.length);
    for (const place of [
      "/shared-pages",
      "/shared-pages/",
      "/shared-pages/index.php",
      "/%73hared-pages/index.php",
      "//shared-pages/",
    ]) {
      assert.deepEqual([(await ask(place)).status, (await ask(place)).cache], [404, undefined], place);
    }
    assert.deepEqual([(await ask("/healthz")).body.trim(), (await ask("/healthz")).cache], ["ok", undefined]);
  });

  it("lets nobody say what others get to see", async () => {
    await expired();
    const lies = [
      "X-Forwarded-Host: evil.example",
      "X-Forwarded-Proto: https",
      "X-Forwarded-For: 192.0.2.66",
      "Forwarded: host=evil.example",
      "X-Original-URL: /index.php?route=account/login",
      "Accept-Language: tlh",
      "Range: bytes=0-3",
      "Cache-Control: no-cache",
      "If-None-Match: *",
    ].flatMap((lie) => ["-H", lie]);
    const [liar, honest] = [await ask(HOME, ...lies), await ask(HOME)];
    assert.deepEqual([liar.status, liar.cache, honest.cache], [200, "MISS", "HIT"]);
    assert.equal(liar.body, honest.body);
    assert.doesNotMatch(honest.body, /evil|tlh|account|bytes/);
    assert.equal(pageOf(honest).told["X-Forwarded-Proto"], "http");
  });

  it("keeps nothing but pages: no error, no redirect, whatever the shop says of keeping them", async () => {
    for (const status of [301, 302, 403, 404, 410, 500, 502, 503]) {
      const answers = [await ask(found(`${status}`)), await ask(found(`${status}`))];
      assert.deepEqual(
        answers.map((answer) => [answer.status, answer.cache, answer.given.length]),
        [
          [status, "MISS", 0],
          [status, "MISS", 0],
        ],
      );
      assert.equal(new Set(answers.map(({ body }) => body)).size, 2, `${status}`);
    }
    assert.match((await ask(found("public"))).head, /^Cache-Control: no-store, s-maxage=2\r?$/im);
    await expired();
    assert.equal((await ask(found("public"))).cache, "MISS");
  });

  it("makes a page anew when its seconds are over: one visitor waits for it, the others do not", async () => {
    const old = pageOf(await ask(found("slow")));
    await expired();
    const begun = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => ({
        page: pageOf(await ask(found("slow"))).page,
        after: Date.now() - begun,
      })),
    );
    assert.equal(answers.filter(({ page }) => page !== old.page).length, 1);
    assert.ok(
      answers.every(({ page, after }) => page !== old.page || after < 2800),
      JSON.stringify(answers),
    );
    assert.notEqual(pageOf(await ask(found("slow"))).page, old.page);
  });

  it("keeps each shopper's things apart, among 200 who come at once", async () => {
    const carts = new Map<string, string>();
    for (let shopper = 0; shopper < 20; shopper += 1) {
      const { given } = await ask("/index.php?route=checkout/cart.add", "-d", `thing-${shopper}`);
      carts.set(given[0] ?? "", `thing-${shopper}`);
    }
    assert.equal(carts.size, 20);
    const sessions = [...carts.keys()];
    const places = [HOME, ITEM, found("lamp"), "/index.php?route=checkout/cart"];
    const visits = Array.from({ length: 200 }, async (_, visitor) => {
      const place = places[visitor % places.length] ?? HOME;
      const session = visitor % 2 === 0 ? sessions[visitor % sessions.length] : undefined;
      const answer = await ask(place, ...(session ? ["-H", `Cookie: OCSESSID=${session}`] : []));
      return { place, session, answer };
    });
    const seen = await Promise.all(visits);
    const known = new Set([...sessions, ...seen.flatMap(({ answer }) => answer.given)]);
    for (const { place, session, answer } of seen) {
      assert.equal(answer.status, 200);
      const page = pageOf(answer);
      if (session) {
        assert.deepEqual([page.session, page.cart, answer.cache], [session, [carts.get(session)], undefined]);
      } else if (place.includes("cart")) {
        // The shop's own answer: a session of this visitor's alone.
        assert.deepEqual([answer.cache, page.cart, answer.given], [undefined, [], [page.session]]);
      } else {
        assert.deepEqual([answer.given, page.cart], [[], []]);
        assert.ok(answer.cache && !known.has(page.session));
      }
    }
    const given = seen.filter(({ session }) => !session).flatMap(({ answer }) => answer.given);
    assert.equal(new Set(given).size, given.length);
  });

  it("has memory of a bounded size; when that is full, pages are passed on", async () => {
    const options = await web.exec("findmnt -n -o FSTYPE,OPTIONS /var/cache/ecommerce/pages");
    assert.match(options, /^tmpfs .*size=131072k.*nr_inodes=/);
    await web.exec("dd if=/dev/zero of=/var/cache/ecommerce/pages/full bs=1M status=none || true");
    const [one, other] = [await ask(found("full")), await ask(found("full"))];
    assert.deepEqual([one.status, one.cache, other.status, other.cache], [200, "MISS", 200, "MISS"]);
    await web.exec("rm /var/cache/ecommerce/pages/full");
    await ask(found("full"));
    assert.equal((await ask(found("full"))).cache, "HIT");
  });

  it("sweeps away what nobody asks for, so that nothing much older is ever shown", async () => {
    await ask(found("old"));
    const unit = "/etc/systemd/system/ecommerce-pages.service";
    const files = "find /var/cache/ecommerce/pages -type f | wc -l";
    assert.notEqual(await web.exec(files), "0");
    await web.exec("find /var/cache/ecommerce/pages -type f -exec touch -d '-8 seconds' {} +");
    await web.exec(`eval "$(grep -o 'find .* -delete' ${unit})"`);
    assert.equal(await web.exec(files), "0");
    await web.exec(
      "SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no /etc/systemd/system/ecommerce-pages.service",
    );
  });

  it("says so when the shop is gone, and shows the old page to nobody", async () => {
    await ask(HOME);
    await wire.stop("app");
    await expired();
    const answer = await ask(HOME);
    assert.deepEqual([answer.status, answer.given], [503, []]);
    wire.serve("app", "hostile-shop.py");
    await sleep(1000);
    assert.equal((await ask(HOME)).status, 200);
  });

  it("is there again after a reboot", async () => {
    await web.powerOff();
    assert.equal((await web.boot()).status, "ready");
    await ask(ITEM);
    assert.equal((await ask(ITEM)).cache, "HIT");
  });
});
