import assert from "node:assert/strict";
import fc from "fast-check";
import { API_ROUTE, backofficeDoor, ODD_ROUTE, ROUTE_IN_PATH } from "../../components/cloud-init/roles/front-door";
import { webRole } from "../../components/cloud-init/roles/web";
import { backofficeOf } from "../../components/config/access-schema";
import { ConfigError, validate } from "../../components/config/validate";
import { DOOR, FLAVOR } from "../support/role-args";
import { SMALLEST } from "../support/stack-files";

const odd = new RegExp(ODD_ROUTE);
const api = new RegExp(API_ROUTE, "i");

/** What PHP and OpenCart make of a query: the controllers that any of its parameters could lead to. */
function controllers(query: string): string[] {
  const decoded = (text: string) =>
    text
      .replaceAll("+", " ")
      .replace(/%([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return query.split("&").flatMap((pair) => {
    const [name = "", ...value] = pair.split("=");
    const [known = ""] = decoded(name).replace(/^ +/, "").split("\0");
    if (known.trim() !== "route") return [];
    const route = decoded(value.join("="))
      .replaceAll("|", ".")
      .replace(/[^A-Za-z0-9_/.]/g, "");
    const method = route.lastIndexOf(".");
    return [(method === -1 ? route : route.slice(0, method)).replace(/[._]/g, "").toLowerCase()];
  });
}
const leadsToApi = (query: string) => controllers(query).some((one) => /^(?:extension\/[^/]+\/)?api\//.test(one));

/** A text, each of its characters plain or as its code. */
const coded = (text: string) =>
  fc
    .tuple(...[...text].map((one) => fc.constantFrom(one, one, `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`)))
    .map((all) => all.join(""));
const junk = fc.constantFrom("", "", "", "_", "-", ".", "%00", "+", "%20", "%C3%A9", "|", "~", "%2E");
const mixed = (text: string) =>
  fc
    .tuple(
      ...[...text].flatMap((one) => [junk, coded(fc.sample(fc.constantFrom(one, one.toUpperCase()), 1)[0] ?? one)]),
    )
    .map((all) => all.join(""));
const name = fc
  .tuple(
    fc.constantFrom("", "", "+", "%20", "%0a", "%09", "%0D"),
    coded("route"),
    fc.constantFrom("", "", "%00x", "%0A"),
  )
  .map((all) => all.join(""));
const value = fc.oneof(mixed("api/order"), mixed("extension/opencart/api/coupon"), mixed("api/order.call"));
const query = fc
  .tuple(
    fc.constantFrom("", "a=b&", "route=common/home&"),
    name,
    value,
    fc.constantFrom("", "&route=common/home", "&x"),
  )
  .map(([before, parameter, route, after]) => `${before}${parameter}=${route}${after}`);

describe("the web servers' door to administration and API", () => {
  it("is closed to every spelling of a query that leads to the API", () => {
    let seen = 0;
    fc.assert(
      fc.property(query, (text) => {
        if (!leadsToApi(text)) return;
        seen += 1;
        assert.ok(odd.test(text) || api.test(text), text);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(seen > 5_000, `${seen}`);
  });

  it("lets shoppers' own addresses pass", () => {
    for (const text of [
      "",
      "route=common/home",
      "route=product/product&path=20_27&product_id=42",
      "route=extension%2Fopencart%2Fmodule%2Flatest%7Cindex",
      "route=extension/opencart/payment/cod.confirm",
      "route=product/search&search=api/orders",
      "route=apis/order",
      "route=product/api",
      "_route_=en-gb/api/x",
      "utm_source=x&gclid=route",
    ]) {
      assert.ok(!odd.test(text) && !api.test(text), text);
    }
  });

  it("refuses parameters that a path brings with it", () => {
    const inPath = new RegExp(ROUTE_IN_PATH);
    for (const path of ["/x&route=api/order", "/x&%72oute=api", "/a/b& route=x"]) assert.ok(inPath.test(path), path);
    for (const path of ["/image/a&b.jpg", "/route", "/en-gb/tom&jerry"]) assert.ok(!inPath.test(path), path);
  });

  it("is for the CIDRs that are named, and for nobody where none is", () => {
    assert.match(backofficeDoor(["192.0.2.0/24", "198.51.100.7/32"]), /"!\(-R '192\.0\.2\.0\/24' \|\| -R '198/);
    const closed = backofficeDoor([]);
    assert.doesNotMatch(closed, /-R/);
    assert.match(closed, /REQUEST_URI} "\^\/admin\(\?:\/\|\$\)" \[OR\]/);
  });
});

describe("access.backoffice and access.limits of a stack file", () => {
  const mistakes = (access: object) => {
    try {
      validate("ecommerce", { ...SMALLEST, access });
      return [];
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.mistakes.map(({ key, problem }) => `${key} ${problem}`);
    }
  };
  const open = (access: object) => backofficeOf(validate("ecommerce", { ...SMALLEST, access }).access);

  it("are as the admins where nothing is said, and the world only where that is said", () => {
    assert.deepEqual(open({}), []);
    assert.deepEqual(open({ admins: ["192.0.2.0/24"] }), ["192.0.2.0/24"]);
    assert.deepEqual(open({ admins: ["192.0.2.0/24"], backoffice: [] }), []);
    assert.deepEqual(open({ backoffice: ["0.0.0.0/0"] }), ["0.0.0.0/0"]);
  });

  it("must be sound, and let in who may come at all", () => {
    assert.match(mistakes({ backoffice: ["192.0.2.1/24"] })[0] ?? "", /^access\.backoffice\.0 must be an IPv4 CIDR/);
    const apart = mistakes({ shoppers: ["198.51.100.0/24"], backoffice: ["198.51.100.9/32", "192.0.2.0/24"] });
    assert.deepEqual(apart, ["access.backoffice.1 must be among access.shoppers, or it cannot come in"]);
    assert.match(mistakes({ limits: { pages: -1 } })[0] ?? "", /^access\.limits\.pages must be a whole number from 0/);
  });
});

describe("the limits of one client", () => {
  const files = (changes: object, directly = false) => {
    const role = webRole({
      flavor: FLAVOR,
      appVip: "10.20.1.10",
      hsts: undefined,
      staticUrl: undefined,
      cache: 5,
      ...DOOR,
      limits: { ...DOOR.limits, ...changes },
      clients: directly
        ? { come: "directly", certificate: undefined }
        : { come: "through a balancer", cidr: "10.20.0.0/24", https: false },
    });
    const named = (end: string) => role.bootFiles.find(({ path }) => path.endsWith(end))?.content;
    return { gate: named("gate.cfg"), site: named("/ecommerce.conf"), nft: named("connections.nft"), role };
  };

  it("stand between Apache and the shop, and are nowhere when all are 0", () => {
    const { gate, site } = files({});
    assert.match(gate ?? "", /server app 10\.20\.1\.10:80$/m);
    assert.match(site ?? "", /ProxyPass \/ http:\/\/127\.0\.0\.1:8079\/ /);
    const off = files({ logins: 0, pages: 0, atOnce: 0, connections: 0 }, true);
    assert.deepEqual([off.gate, off.nft], [undefined, undefined]);
    assert.match(off.site ?? "", /ProxyPass \/ http:\/\/10\.20\.1\.10:80\/ /);
  });

  it("can each be left out", () => {
    assert.doesNotMatch(files({ logins: 0 }).gate ?? "", /sc_gpc0_rate\(1/);
    assert.doesNotMatch(files({ pages: 0 }).gate ?? "", /sc_gpc0_rate\(0/);
    assert.doesNotMatch(files({ atOnce: 0 }).gate ?? "", /sc_conn_cur/);
  });

  it("count connections only where clients come by their own", () => {
    assert.equal(files({}).nft, undefined);
    assert.match(files({}, true).nft ?? "", /ip saddr ct count over 100/);
  });

  it("spare nobody when the back office is the world", () => {
    const { gate } = files({});
    assert.match(gate ?? "", /acl favoured .* 10\.20\.0\.10\/32 10\.20\.0\.0\/24$/m);
    const role = webRole({ ...WORLD, limits: DOOR.limits });
    const text = role.bootFiles.find(({ path }) => path.endsWith("gate.cfg"))?.content ?? "";
    assert.doesNotMatch(text, /favoured|0\.0\.0\.0/);
  });
});

const WORLD = {
  flavor: FLAVOR,
  appVip: "10.20.1.10",
  hsts: undefined,
  staticUrl: undefined,
  cache: 5,
  backoffice: ["0.0.0.0/0"],
  clients: { come: "directly", certificate: undefined },
} as const;
