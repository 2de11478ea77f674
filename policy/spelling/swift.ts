/**
 * Read and write ACLs of containers as Swift takes them (`swift.common.middleware.acl`): it cleans what it is given, and
 * undoes percent-encoding in names. test/engine/spellings.test.ts compares with Swift's own code.
 */
import { strip } from "./python";

/** An ACL that Swift answers 400 to. */
export const REFUSED = "refused";
const REFERRER = [".r", ".ref", ".referer", ".referrer"];

/** @returns as Swift stores it */
export function cleanAcl(acl: string, way: "read" | "write"): string {
  const items: string[] = [];
  for (const raw of acl.split(",").map(strip)) {
    if (raw === "") continue;
    const item = raw.includes(":") && raw.startsWith(".") ? cleanReferrer(raw, way) : raw;
    if (item === REFUSED) return REFUSED;
    items.push(item);
  }
  return items.join(",");
}

function cleanReferrer(raw: string, way: "read" | "write"): string {
  const colon = raw.indexOf(":");
  if (!REFERRER.includes(strip(raw.slice(0, colon))) || way === "write") return REFUSED;
  let host = strip(raw.slice(colon + 1));
  const isDenied = host.startsWith("-");
  if (isDenied) host = strip(host.slice(1));
  if (host !== "*" && host.startsWith("*")) host = strip(host.slice(1));
  return host === "" || host === "." ? REFUSED : `.r:${isDenied ? "-" : ""}${host}`;
}

/**
 * Whom an ACL admits without naming them.
 * @returns `everybody`, also where that takes a `Referer` header, which anybody can write; `every user` of any project
 */
export function strangersIn(
  acl: string,
  way: "read" | "write",
): "everybody" | "every user" | "nobody" | typeof REFUSED {
  const clean = cleanAcl(acl, way);
  if (clean === REFUSED) return REFUSED;
  const items = clean.split(",");
  const referrers = items.filter((item) => item.startsWith(".r:")).map((item) => item.slice(3));
  if (hostsIn(referrers).some((host) => isAdmitted(host, referrers))) return "everybody";
  return items.some((item) => item.replace(/%2a/gi, "*").replace(/%3a/gi, ":") === "*:*") ? "every user" : "nobody";
}

/** Hosts that a `Referer` may name: none, one that nobody has thought of, and one for each item. */
function hostsIn(referrers: readonly string[]): string[] {
  const named = referrers.filter((host) => !host.startsWith("-") && host !== "*");
  // As it stands between `//` and the next `/` of a URL, which has small letters only.
  const possible = named.filter((host) => host === host.toLowerCase() && !/[\t\n\r:/?#@[\]]/.test(host));
  return [
    "unknown",
    "elsewhere.invalid",
    ...possible.map((host) => (host.startsWith(".") ? `elsewhere${host}` : host)),
  ];
}

/** The last item that fits decides. */
function isAdmitted(host: string, referrers: readonly string[]): boolean {
  const fits = (item: string) => item === host || (item.startsWith(".") && host.endsWith(item));
  return referrers.reduce((admitted, item) => {
    if (item.startsWith("-")) return admitted && !fits(item.slice(1));
    return admitted || item === "*" || fits(item);
  }, false);
}
