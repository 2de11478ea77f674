/**
 * Which cluster a request is for. `resolve` says it step by step, as PHP and OpenCart would read the request; the others render the
 * same table as regular expressions, for Apache, which refuses what has two readings, and for HAProxy, which leads the rest.
 */
import { isWildcard, type Pattern, type RouteLine } from "../../core/services";
import { encodable, ROUTE_IN_PATH, TRIMMED } from "./front-door";

/** Files that the app servers' Apache answers with, without PHP: what stands behind their names counts for nothing. */
export const FILE = String.raw`\.(?:css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?)$`;

/** What may follow a name so that PHP and OpenCart take it for that name all the same. */
const NAME_ENDS = String.raw`(?:[\x01-\x20+\[]|%[01][0-9A-Fa-f]|%20|%5[Bb]|=|&|$)`;
/**
 * A parameter that OpenCart takes for `route` though it is spelt otherwise. Of several, the last one of a spelling counts, in an
 * order that depends on all of them: the shop's own pages have one spelling, and so there shall be no other one.
 */
export const MISSPELT_ROUTE = `(?:^|&)(?!route=)${TRIMMED}${encodable("route")}${NAME_ENDS}`;
/** PHP writes an underscore for these. */
const UNDERSCORE = String.raw`(?:[_.\[+ ]|%5[Ff]|%2[Ee]|%5[Bb]|%20)`;
/** The parameter that app servers make of a readable address. In a query it would be another address than the path is. */
export const READABLE_ROUTE = `(?:^|&)${TRIMMED}${UNDERSCORE}${encodable("route")}${UNDERSCORE}`;

/** @returns lines for the web servers' virtual host: in a store with clusters a request has one reading, or none */
export function oneReading(): string {
  return `  # Names of which nobody could say which cluster they mean.
  RewriteCond %{QUERY_STRING} "${MISSPELT_ROUTE}" [OR]
  RewriteCond %{QUERY_STRING} "${READABLE_ROUTE}"
  RewriteRule ^ - [R=400,L]
`;
}

const DROPPED_ONE = "(?:[_.|]|%2[Ee]|%7[Cc])";
const DROPPED = `${DROPPED_ONE}*`;
const SLASH = "(?:/|%2[Ff])";
const BETWEEN = `${DROPPED}${SLASH}(?:${SLASH}|${DROPPED_ONE})*`;
const ANY_WORD = `[A-Za-z0-9](?:[A-Za-z0-9]|${DROPPED_ONE})*`;

/** A letter of either case: PHP knows classes by both, but parameters by one. */
const letter = (one: string) => (/[a-z]/.test(one) ? `[${one}${one.toUpperCase()}]` : one);

/** Of a query; only the last `route` of several counts, as in PHP. */
function routeRegex({ words }: Pattern): string {
  const parts = words.map((word) => (isWildcard(word) ? ANY_WORD : [...word].map(letter).join(DROPPED)));
  const value = `(?:${SLASH}|${DROPPED_ONE})*${parts.join(BETWEEN)}${DROPPED}(?:(?:${SLASH}|[.|]|%2[Ee]|%7[Cc])[^&]*)?`;
  return `(?:^|&)route=${value}(?:&(?!(?:.*&)?route=)|$)`;
}

/** Of a path as Apache hands it on. */
function pathRegex({ words }: Pattern): string {
  const parts = words.map((word) => {
    if (word === "**") return "(?:/[^/]+)*";
    return word === "*" ? "/[^/]+" : `/${[...word.replaceAll(".", String.raw`\.`)].map(letter).join("")}`;
  });
  return `^${parts.join("")}(?:/|$)`;
}

/** A line as HAProxy reads it. */
export interface RenderedLine {
  readonly service: RouteLine["service"];
  /** Where it looks. Queries of files are not looked at. */
  readonly fetch: "path" | "query";
  readonly regex: string;
}

export function renderedLines(table: readonly RouteLine[]): RenderedLine[] {
  return table.map(({ service, pattern }) =>
    pattern.kind === "path"
      ? { service, fetch: "path", regex: pathRegex(pattern) }
      : { service, fetch: "query", regex: routeRegex(pattern) },
  );
}

export interface Request {
  /** As it came, percent codes and all. */
  readonly path: string;
  /** The same, without the question mark. */
  readonly query: string;
}

/** `refused`: the web server answers by itself. */
export type Resolution = RouteLine["service"] | "refused";

/** The table's own word, without a regular expression of those above but for what every store's front door refuses. */
export function resolve(table: readonly RouteLine[], { path: rawPath, query }: Request): Resolution {
  const path = normalPath(rawPath);
  if (path === undefined || new RegExp(ROUTE_IN_PATH).test(path)) return "refused";
  const route = routeOf(query);
  if (route === "refused") return "refused";
  const words = path.slice(1).toLowerCase().split("/");
  const isFile = new RegExp(FILE, "i").test(path);
  const line = table.find(({ pattern }) => {
    if (pattern.kind === "path") return beginsWith(words, pattern.words);
    return !isFile && route !== undefined && readings(route).some((reading) => isSame(reading, pattern.words));
  });
  return line?.service ?? "app";
}

/** As Apache makes it: decoded once, without `//`, `.` and `..`; undefined where it refuses. */
function normalPath(raw: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})|%2[Ff]|%00/.test(raw)) return undefined;
  const words: string[] = [];
  const decoded = bytes(raw).replace(/\/+/g, "/");
  for (const word of decoded.slice(1).split("/")) {
    if (word === "..") {
      if (words.pop() === undefined) return undefined;
    } else if (word !== ".") words.push(word);
  }
  const ends = /\/\.{1,2}$/.test(decoded) && words.at(-1) !== "" ? "/" : "";
  return `/${words.join("/")}${words.length > 0 ? ends : ""}`;
}

/** One character for each byte. */
const bytes = (text: string) =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
const decoded = (text: string) => bytes(text.replaceAll("+", " "));

/** The route that PHP would read; undefined: none. */
function routeOf(query: string): string | undefined {
  let route: string | undefined;
  for (const pair of query.split("&")) {
    const [rawName = "", ...rest] = pair.split("=");
    const value = rest.join("=");
    const name = decoded(rawName);
    const stem = withoutLeading(name);
    if (stem.startsWith("route") && pair.includes("=") && !isPlain(value)) return "refused";
    if (/^route(?:[\0-\x20[]|$)/.test(stem) && !pair.startsWith("route=")) return "refused";
    if (/^[\0-\x20]*[_.[ ]route[_.[ ]/.test(name)) return "refused";
    if (pair.startsWith("route=")) route = decoded(value);
  }
  return route;
}

const withoutLeading = (name: string) => name.replace(/^[\0-\x20]+/, "");
const isPlain = (value: string) => /^(?:[A-Za-z0-9_/.|]|%2[EFef]|%7[Cc])*$/.test(value);

/** What OpenCart may take a route for: all of it, or what stands before a method or one more word. */
function readings(route: string): string[][] {
  const ends = [...route].flatMap((letter, index) => (/[/.|]/.test(letter) ? [index] : []));
  return [...ends, route.length].map((end) => wordsOf(route.slice(0, end)));
}

function wordsOf(route: string): string[] {
  return route
    .replace(/[_.|]/g, "")
    .toLowerCase()
    .split("/")
    .filter((word) => word !== "");
}

function isSame(words: readonly string[], wanted: readonly string[]): boolean {
  return words.length === wanted.length && wanted.every((word, index) => word === "*" || word === words[index]);
}

function beginsWith(words: readonly string[], wanted: readonly string[]): boolean {
  const [first, ...others] = wanted;
  if (first === undefined) return true;
  if (first === "**")
    return words.some(
      (_, index) => words.slice(0, index).every((word) => word !== "") && beginsWith(words.slice(index), others),
    );
  const [word, ...rest] = words;
  return word !== undefined && (first === "*" ? word !== "" : word === first) && beginsWith(rest, others);
}
