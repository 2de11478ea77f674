/** The services of a shop that may have clusters of their own, and which of its pages each of them is. */

/** As the reference architecture names them; the names of their groups of servers too. */
export const SERVICES = ["browse", "search", "item", "image", "recommendation", "cart", "checkout", "ship"] as const;
export type Service = (typeof SERVICES)[number];

/**
 * Pages of OpenCart, by the part of the shop that makes them. A pattern with a slash in front is the beginning of a path, one
 * without is the beginning of OpenCart's parameter `route`; both end with a whole word. `*` is any one word, and `**` in a path
 * any number of them.
 */
export const ROUTES: Readonly<Record<Service, readonly string[]>> = {
  browse: ["product/category", "product/manufacturer", "product/special", "product/compare"],
  search: ["product/search", "common/search"],
  item: ["product/product", "product/review"],
  image: ["/image"],
  recommendation: ["product/related"],
  cart: ["checkout/cart", "common/cart", "extension/*/checkout"],
  checkout: ["checkout", "extension/*/payment"],
  ship: ["account/order", "account/returns", "account/subscription"],
};

/** A pattern in words; routes without what OpenCart drops from them. */
export interface Pattern {
  readonly text: string;
  readonly kind: "path" | "route";
  readonly words: readonly string[];
}

const PATH_WORD = String.raw`(?:[A-Za-z0-9._~-]+|\*\*?)`;
const ROUTE_WORD = String.raw`(?:[a-z0-9_]*[a-z0-9][a-z0-9_]*|\*)`;
export const PATTERN = new RegExp(`^(?:(?:/${PATH_WORD})+|${ROUTE_WORD}(?:/${ROUTE_WORD})*)$`);

/** @param text that fits `PATTERN` */
export function pattern(text: string): Pattern {
  const isPath = text.startsWith("/");
  const words = (isPath ? text.slice(1) : text.replaceAll("_", "")).toLowerCase().split("/");
  return { text, kind: isPath ? "path" : "route", words };
}

export const isWildcard = (word: string) => word === "*" || word === "**";

/** Which routes lead to a service. */
export interface ServiceRoutes {
  readonly name: Service;
  readonly routes: readonly string[];
}

/** One line of the table: what leads to a service, or to the app tier. Of the lines that fit a request the first one counts. */
export interface RouteLine {
  readonly service: Service | "app";
  readonly pattern: Pattern;
}

/** Administration and API: the app tier's in any store. */
const APP = ["/admin", "api", "extension/*/api"];

/** The table of a store: paths before routes, and of either the longest patterns first, those without wildcards before others. */
export function routeTable(services: readonly ServiceRoutes[]): RouteLine[] {
  const linesOf = (service: RouteLine["service"], routes: readonly string[]) =>
    routes.map((text) => ({ service, pattern: pattern(text) }));
  const lines = services.flatMap(({ name, routes }) => linesOf(name, routes));
  return [...linesOf("app", APP), ...lines.sort((one, other) => rank(one.pattern) - rank(other.pattern))];
}

const MANY = 1000;

function rank({ kind, words }: Pattern): number {
  const wild = words.filter(isWildcard).length;
  return (kind === "path" ? 0 : MANY * MANY) - words.length * MANY + wild;
}
