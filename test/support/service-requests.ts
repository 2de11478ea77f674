/** Requests for the services of a shop, honest and hostile. */
import fc from "fast-check";
import { type Request, resolve } from "../../components/cloud-init/roles/service-routes";
import { ROUTES, routeTable, SERVICES } from "../../components/core/services";

/** All eight services, one of them by readable addresses too. */
export const EVERY_SERVICE = SERVICES.map((name) => ({
  name,
  routes: name === "search" ? [...ROUTES.search, "/**/search", "/find/*/now"] : ROUTES[name],
}));
export const TABLE = routeTable(EVERY_SERVICE);

/** A text, each of its characters plain or as its code. */
const coded = (text: string) =>
  fc
    .tuple(
      ...[...text].map((one) => fc.constantFrom(one, one, one, `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`)),
    )
    .map((all) => all.join(""));
const cased = (text: string) =>
  fc.tuple(...[...text].map((one) => fc.constantFrom(one, one, one.toUpperCase()))).map((all) => all.join(""));
const junk = fc.constantFrom("", "", "", "", "", "", "_", ".", "|", "%2E", "%7c", "/", "%2F", "-", "+", "%00");
const mixed = (text: string) =>
  fc.tuple(...[...text].flatMap((one) => [junk, fc.constant(one)]), junk).map((all) => all.join(""));
const routes = fc.constantFrom(
  ...EVERY_SERVICE.flatMap((one) => one.routes)
    .filter((text) => !text.startsWith("/"))
    .map((text) => text.replaceAll("*", "opencart")),
  "common/home",
  "api/order",
  "extension/opencart/api/coupon",
  "product/searching",
  "checkouts/checkout",
  "account/login",
);
const tail = fc.constantFrom("", "", ".list", "|list", "%7Clist", "/more", "x", "_", "._x");
const route = fc.tuple(routes, tail).chain(([text, end]) =>
  fc.oneof(
    fc.constant(`${text}${end}`),
    cased(text).map((one) => `${one}${end}`),
    mixed(text),
    coded(text),
  ),
);
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constant("route") },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("", "", "+", "%20", "%0a", "%09", "_", "%5f", ".", "%2e"),
        fc.oneof(coded("route"), cased("route")),
        fc.constantFrom("", "", "%00x", "%0A", "[]", "[a]", "%5B%5D", "[", "_", "%5F", "r", ".", "+"),
      )
      .map((all) => all.join("")),
  },
);
const parameter = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(name, route).map(([key, value]) => `${key}=${value}`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "path=20_27",
      "search=route",
      "x=route=product/search",
      "",
      "route",
      "router=1",
      "a=%26route=checkout",
      "sort=name&order=ASC",
      "_route_=search",
      "=route",
    ),
  },
);
const query = fc.oneof(
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 6, arbitrary: fc.array(parameter, { minLength: 1, maxLength: 4 }).map((all) => all.join("&")) },
);
const words = fc.constantFrom(
  "image",
  "search",
  "find",
  "now",
  "catalog",
  "cache",
  "x.png",
  "x.CSS",
  "en-gb",
  "admin",
  "index.php",
  "desktops",
  "images",
  "a&b",
  "..",
  ".",
  "",
  "%2e%2e",
  "%2E",
);
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("/index.php", "/", "/index.php", "//index.php", "/./index.php") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/image/catalog/demo/a%20b.png",
      "/IMAGE/x",
      "/im%61ge/y",
      "/image",
      "/imag%65",
      "/find/a/now",
      "/a%2Fb",
      "/%00",
      "/x&route=a",
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.oneof(words, words.chain(coded)), { minLength: 1, maxLength: 4 })
      .map((all) => `/${all.join("/")}`),
  },
);

export const requests: fc.Arbitrary<Request> = fc.record({ path, query });

export const resolved = (request: Request) => resolve(TABLE, request);
