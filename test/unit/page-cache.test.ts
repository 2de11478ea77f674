import assert from "node:assert/strict";
import fc from "fast-check";
import { type WebRoleArgs, webRole } from "../../components/cloud-init/roles/web";
import { shopSchema } from "../../components/config/shop-schema";
import { DOOR, FLAVOR } from "../support/role-args";

const CERTIFICATE = { chain: "chain", privateKey: "key" };
const CLIENTS: readonly (readonly [scheme: string, clients: WebRoleArgs["clients"]])[] = [
  ["http", { come: "through a balancer", cidr: "10.20.0.0/24", https: false }],
  ["https", { come: "through a balancer", cidr: "10.20.0.0/24", https: true }],
  ["http", { come: "directly", certificate: undefined }],
  ["https", { come: "directly", certificate: CERTIFICATE }],
];

function web(cache: number, [, clients]: (typeof CLIENTS)[number]) {
  const args = { flavor: FLAVOR, appVip: "10.20.1.10", hsts: undefined, staticUrl: undefined, ...DOOR };
  const role = webRole({ ...args, cache, clients });
  const site = role.bootFiles.find(({ path }) => path.endsWith("sites-available/ecommerce.conf"))?.content ?? "";
  return { role, site, place: /<Location \/shared-pages\/>((?:.|\n)*?)<\/Location>/.exec(site)?.[1] ?? "" };
}

describe("pages that anonymous visitors share", () => {
  const [plain] = CLIENTS;
  assert.ok(plain);
  const { site } = web(5, plain);
  const line = new RegExp(/THE_REQUEST\} =~ m#(\S.*)#"/.exec(site)?.[1] ?? "nothing");
  const isShared = (target: string, method = "GET") => line.test(`${method} ${target} HTTP/1.1`);

  it("are those of the catalogue, by their routes or by addresses made for search engines", () => {
    for (const target of [
      "/",
      "/index.php",
      "/index.php?route=common/home&language=en-gb",
      "/index.php?route=product/category&language=en-gb&path=20_27&sort=p.price&order=ASC&limit=25&page=2",
      "/index.php?route=product%2Fsearch&search=%C3%A4pfel+rot",
      "/index.php?language=en-gb&route=product/manufacturer.info&manufacturer_id=8",
      "/en-gb/desktops/mac",
      "/en-gb/desktops?page=2",
    ]) {
      assert.ok(isShared(target), target);
    }
  });

  it("are asked for with GET alone, and by nothing but what tells them apart", () => {
    for (const target of ["/", "/index.php?route=common/home"]) {
      for (const method of ["HEAD", "POST", "PUT", "get", " GET", "OPTIONS"]) assert.ok(!isShared(target, method));
    }
    for (const target of [
      "/index.php?",
      "/index.php?route=common/home&",
      "/index.php?route=common/home&tracking=x",
      "/index.php?route=common/home&route=checkout/cart",
      "/index.php?route=common/home%00",
      "/index.php?route=common/homes",
      "/index.php?route=product/product.x",
      "/index.php?r%6Fute=account/login",
      "/index.php?search[]=x",
      `/index.php?search=${"x".repeat(65)}`,
      `/index.php?${Array.from({ length: 13 }, () => "page=1").join("&")}`,
      "/admin",
      "/en-gb/account",
      "/en-gb/checkout/cart?page=1",
      "/healthz",
      "/server-status",
      "/admin/",
      "/a.html",
      "http://other.example/",
    ]) {
      assert.ok(!isShared(target), target);
    }
  });

  it("are never of a route that is not the catalogue's, whatever stands around it", () => {
    const word = fc.stringMatching(/^[a-z_.]{1,12}$/);
    const route = fc.tuple(fc.constantFrom("account", "checkout", "api", "extension", "cms", "tool"), word);
    const around = fc.array(fc.constantFrom("page=2", "language=en-gb", "route=common/home", "path=20"), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(route, around, around, ([folder, page], before, after) => {
        assert.ok(!isShared(`/index.php?${[...before, `route=${folder}/${page}`, ...after].join("&")}`));
      }),
    );
  });

  it("are kept in one place, where no cookie goes in or comes out, for each way that shoppers come", () => {
    for (const clients of CLIENTS) {
      const { site, place } = web(7, clients);
      assert.equal(site.match(/CacheEnable/g)?.length, 1);
      for (const header of ["Cookie", "Authorization", "X-Forwarded-Host", "X-Forwarded-For"]) {
        assert.match(place, new RegExp(`^ *RequestHeader unset ${header}$`, "m"));
      }
      assert.match(place, /^ *CacheEnable disk$/m);
      assert.match(place, /^ *Header unset Set-Cookie$/m);
      assert.match(place, /^ *Header always unset Set-Cookie$/m);
      assert.match(place, /s-maxage=7"/);
      assert.match(place, new RegExp(`^ *RequestHeader set X-Forwarded-Proto ${clients[0]}$`, "m"));
      // Nobody from outside is led there by the address that they ask for.
      assert.ok(site.indexOf("RewriteRule ^/shared-pages(?:/|$) - [R=404,L]") < site.indexOf(`RewriteCond expr "-z`));
      assert.ok(site.indexOf("ProxyPass /shared-pages/ ") < site.indexOf("ProxyPass / "));
      for (const header of ["Cookie", "Authorization", "Content-Length", "Transfer-Encoding"]) {
        assert.ok(site.includes(`  RewriteCond expr "-z req_novary('${header}')"\n`), header);
      }
    }
  });

  it("stand behind the redirect to HTTPS, and never on the port that only redirects", () => {
    const [, throughHttps, , directHttps] = CLIENTS;
    assert.ok(throughHttps && directHttps);
    const { site } = web(5, throughHttps);
    assert.ok(site.indexOf("R=301") < site.indexOf("CacheEnable"));
    const [onlyRedirects = ""] = web(5, directHttps).site.split("<VirtualHost *:443>");
    assert.doesNotMatch(onlyRedirects, /Cache(?!-Control)|shared-pages/);
  });

  it("are none when the configuration says 0", () => {
    for (const clients of CLIENTS) {
      const { role, site } = web(0, clients);
      assert.doesNotMatch(site, /Cache(?!-Control)|shared-pages/);
      const files = role.bootFiles.filter(({ path }) => path.includes("pages"));
      assert.deepEqual([role.settings.PAGES, files], [undefined, []]);
    }
  });

  it("are shared for whole seconds, a minute at most", () => {
    assert.equal(shopSchema.parse({}).cache, 5);
    for (const cache of [0, 1, 60]) assert.equal(shopSchema.parse({ cache }).cache, cache);
    for (const cache of [-1, 61, 1.5, "5", null]) assert.ok(!shopSchema.safeParse({ cache }).success, `${cache}`);
  });
});
