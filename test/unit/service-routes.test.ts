import assert from "node:assert/strict";
import fc from "fast-check";
import { ODD_ROUTE, ROUTE_IN_PATH } from "../../components/cloud-init/roles/front-door";
import {
  FILE,
  MISSPELT_ROUTE,
  READABLE_ROUTE,
  type Request,
  type Resolution,
  renderedLines,
} from "../../components/cloud-init/roles/service-routes";
import { PATTERN, ROUTES, routeTable } from "../../components/core/services";
import { requests, resolved, TABLE } from "../support/service-requests";

const REFUSED = [ODD_ROUTE, MISSPELT_ROUTE, READABLE_ROUTE].map((text) => new RegExp(text));
const LINES = renderedLines(TABLE).map(({ regex, ...line }) => ({ ...line, regex: new RegExp(regex) }));

/** What Apache and HAProxy do with the rendered table. */
function rendered({ path: raw, query }: Request): Resolution {
  const path = canonical(raw);
  if (path === undefined || new RegExp(ROUTE_IN_PATH).test(decodeURIComponent(path))) return "refused";
  if (REFUSED.some((refused) => refused.test(query))) return "refused";
  const isFile = new RegExp(FILE, "i").test(path);
  const line = LINES.find(({ fetch, regex }) => (fetch === "path" ? regex.test(path) : !isFile && regex.test(query)));
  return line?.service ?? "app";
}

/** By the URL standard's own parser, which knows dots and their codes as Apache does. */
function canonical(raw: string): string | undefined {
  if (/%2f|%00|%(?![0-9a-f]{2})/i.test(raw)) return undefined;
  const merged = decodeURIComponent(raw).replace(/\/+/g, "/");
  let depth = 0;
  for (const word of merged.split("/").slice(1)) {
    depth += word === ".." ? -1 : word === "." ? 0 : 1;
    if (depth < 0) return undefined;
  }
  return new URL(`http://shop${merged.split("/").map(encodeURIComponent).join("/")}`).pathname;
}

describe("the table of a shop's services", () => {
  it("is the same to its own matcher and as rendered, for honest and hostile requests", () => {
    const seen = new Map<Resolution, number>();
    fc.assert(
      fc.property(requests, (request) => {
        const expected = resolved(request);
        seen.set(expected, (seen.get(expected) ?? 0) + 1);
        assert.equal(rendered(request), expected);
      }),
      { numRuns: 20_000 },
    );
    // Generated requests reach everything that there is.
    for (const one of [...new Set(TABLE.map(({ service }) => service)), "app", "refused"] as const)
      assert.ok((seen.get(one) ?? 0) > 20, `${one}: ${seen.get(one)}`);
  });

  it("reads a request as PHP and OpenCart do", () => {
    const cases: Record<string, Resolution> = {
      "/index.php?route=product/search&search=a": "search",
      "/?route=checkout%2Fcart": "cart",
      "/index.php?route=checkout/checkout": "checkout",
      "/index.php?route=checkout/cart.add": "cart",
      "/index.php?route=checkout|cart": "checkout",
      "/index.php?route=common/home&route=product/product": "item",
      "/index.php?route=product/product&route=common/home": "app",
      "/index.php?route=product/SEARCH": "search",
      "/index.php?route=product/_search": "search",
      "/index.php?Route=product/search": "app",
      "/index.php?route=product/searching": "app",
      "/index.php?route=extension/opencart/payment/cod.confirm": "checkout",
      "/index.php?route=api/order&x": "app",
      "/index.php?x=1&route[]=product/search": "refused",
      "/index.php?%72oute=product/search": "refused",
      "/index.php?+route=product/search": "refused",
      "/index.php?_route_=search": "refused",
      "/index.php?route=product/se%61rch": "refused",
      "/index.php?router=product/search": "app",
      "/image/cache/a-40x40.png": "image",
      "/image/cache/a-40x40.png?route=checkout/cart": "image",
      "/catalog/view/stylesheet.css?route=checkout/cart": "app",
      "/en-gb?route=account/order": "ship",
      "/desktops/mac/search": "search",
      "/a/..//image/./x": "image",
      "/admin/index.php?route=product/search": "app",
      "/images/x": "app",
    };
    for (const [target, expected] of Object.entries(cases)) {
      const [path = "", query = ""] = target.split(/\?(.*)/);
      assert.equal(resolved({ path, query }), expected, target);
    }
  });

  it("has longer patterns first, whatever the order of the stack file", () => {
    const table = routeTable([
      { name: "checkout", routes: ["checkout", "*/cart"] },
      { name: "cart", routes: ["checkout/cart", "/basket"] },
    ]);
    assert.deepEqual(
      table.map(({ pattern }) => pattern.text),
      ["/admin", "api", "extension/*/api", "/basket", "checkout/cart", "*/cart", "checkout"],
    );
  });

  it("has patterns of the form that a stack file may have", () => {
    for (const text of Object.values(ROUTES).flat()) assert.match(text, PATTERN);
    for (const text of ["", "/", "a//b", "/a/", "Product", "a b", "/a?b", "_", "product/search.list"])
      assert.doesNotMatch(text, PATTERN, text);
  });
});
