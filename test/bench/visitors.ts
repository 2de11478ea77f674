/** Who visits the two stores, and what they look at. */
import type { Release } from "../../commands/store/release";
import type { Wire } from "../support/wire";

export interface Page {
  readonly name: string;
  readonly path: string;
  /** Something that the page says, or it is not the page. */
  readonly says: RegExp;
}

export interface Catalogue {
  readonly pages: readonly Page[];
  /** The page that puts a thing into the cart, and the form it takes. */
  readonly add: { readonly path: string; readonly form: string };
}

const OPENCART: Catalogue = {
  pages: [
    { name: "home", path: "/", says: /MacBook/ },
    { name: "category", path: "/index.php?route=product/category&language=en-gb&path=20", says: /Canon EOS 5D/ },
    { name: "product", path: "/index.php?route=product/product&language=en-gb&product_id=43", says: /MacBook/ },
    { name: "search", path: "/index.php?route=product/search&language=en-gb&search=mac", says: /MacBook Air/ },
    { name: "cart", path: "/index.php?route=checkout/cart&language=en-gb", says: /cart/i },
  ],
  add: { path: "/index.php?route=checkout/cart.add&language=en-gb", form: "product_id=43&quantity=1" },
};

/** It has no categories. */
const STAND_IN: Catalogue = {
  pages: [
    { name: "home", path: "/", says: /Blue lamp/ },
    { name: "product", path: "/index.php?route=product/product&product_id=3", says: /Canoe/ },
    { name: "search", path: "/index.php?route=product/search&search=lamp", says: /Blue lamp/ },
    { name: "cart", path: "/index.php?route=checkout/cart", says: /cart/i },
  ],
  add: { path: "/index.php?route=checkout/cart.add", form: "product_id=2" },
};

export const catalogueOf = ({ isOpenCart }: Release): Catalogue => (isOpenCart ? OPENCART : STAND_IN);

/** First-time visitors have no cookie; returning ones have a session, and something in their cart. */
export const VISITORS = ["first-time", "returning", "mixed"] as const;
export type Visitors = (typeof VISITORS)[number];

/** One request of a load: a path, and what stands in `Cookie`. */
export type Request = readonly [path: string, cookie: string];

/** Of ten visitors of the mixture, this many have been there before. */
const RETURNING_OF_TEN = 3;

/** @param cookies of the sessions that returning visitors have */
export function requestsOf(visitors: Visitors, pages: readonly Page[], cookies: readonly string[]): Request[] {
  return pages.flatMap(({ path }) =>
    cookies.flatMap((cookie): Request[] => {
      if (visitors === "first-time") return [[path, ""]];
      if (visitors === "returning") return [[path, cookie]];
      return Array.from({ length: 10 }, (_, visitor) => [path, visitor < RETURNING_OF_TEN ? cookie : ""]);
    }),
  );
}

/** Fills a cart. @returns the session's cookies, as a browser would send them */
export async function shopper(wire: Wire, url: string, { add }: Catalogue): Promise<string> {
  const answer = await wire.curl("-i", "-d", add.form, new URL(add.path, url).href);
  const cookies = [...answer.matchAll(/^set-cookie: ([^;\r\n]+)/gim)].map(([, cookie]) => cookie);
  if (!/^HTTP\/1\.1 200/.test(answer) || cookies.length === 0) throw new Error(`no session at ${url}: ${answer}`);
  return cookies.join("; ");
}

/** @throws Error unless each page is what it should be, for both kinds of visitors, and the cart holds something */
export async function lookAtPages(wire: Wire, url: string, { pages }: Catalogue, cookie: string): Promise<void> {
  for (const { name, path: place, says } of pages) {
    for (const headers of [[], ["-H", `Cookie: ${cookie}`]]) {
      const page = await wire.curl("-i", ...headers, new URL(place, url).href);
      if (!/^HTTP\/1\.1 200/.test(page) || !says.test(page))
        throw new Error(`${name} of ${url} is not what it should be`);
    }
  }
}
