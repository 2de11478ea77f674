/**
 * Pages that anonymous visitors share for some seconds: part of the web role's Apache.
 *
 * There is one place where pages are kept, and only this server itself leads requests there. What is let in, and what is
 * then done to request and answer, stand side by side: nobody's cookie goes in, nobody's cookie comes out. So no session
 * can be stored, or be given away, whatever the shop answers.
 */

import type { Flavor } from "../../core/flavor";
import { pageCacheSize } from "../../core/sizing";
import type { ServerFile } from "../document";
import { filledIn } from "../filled-in";

export interface PageCacheArgs {
  readonly flavor: Flavor;
  /** Seconds for which a page is shared; 0: never. */
  readonly seconds: number;
  /** How shoppers come: it is the same for all of them. */
  readonly scheme: "http" | "https";
}

/** Where the pages are: memory of a bounded size. */
const FOLDER = "/var/cache/ecommerce/pages";
/**
 * Seconds between two sweeps. A sweep removes pages that expired this long ago. While the shop makes a new page, a visitor
 * gets an old one that expired at most twice as long ago.
 */
const SWEEP = 5;

/** Pages that are the same for everybody who comes without a cookie. */
const ROUTES = [
  "common/home",
  "product/category",
  "product/manufacturer(?:\\.info)?",
  "product/product",
  "product/search",
  "product/special",
  "information/information",
  "information/sitemap",
];
/** What tells one such page from another. Any other parameter, such as a campaign's, goes to the shop itself. */
const PARAMETERS =
  "category_id|description|filter|information_id|language|limit|manufacturer_id|order|page|path|product_id|search|sort|sub_category|tag";
/** Words that stand for somebody's own pages, or for programs, in addresses made for search engines. */
const NOT_PAGES =
  "account|admin|affiliate|api|blog|cart|checkout|comments?|compare|confirm|contact|cron|download|extension|gdpr|healthz|image|install|login|logout|order|password|register|returns?|reviews?|server-info|server-status|static|storage|system|tracking|upload|wish-?list";

/** Matched against the request line as it came, so that no decoding can make two things of one address. */
function requestLine(): string {
  const route = `route=(?:${ROUTES.join("|").replaceAll("/", "(?:/|%2F)")})`;
  const parameter = `(?:${route}|(?:${PARAMETERS})=[A-Za-z0-9._~%+,:-]{0,64})`;
  const readable = `(?!(?:[a-z0-9-]+/)*(?:${NOT_PAGES})[/? ])(?:[a-z0-9-]{1,64}/){0,5}[a-z0-9-]{1,64}`;
  return `^GET /(?:index\\.php|${readable})?(?:\\?${parameter}(?:&${parameter}){0,11})? HTTP/1\\.[01]$`;
}

/**
 * @param proxyTo arguments of ProxyPass, as of every other page
 * @returns lines for the virtual host, to stand before its own ProxyPass; none without a cache
 */
export function pageCache({ seconds, scheme }: PageCacheArgs, proxyTo: string): string {
  if (seconds === 0) return "";
  return filledIn("web/shared-pages.conf", {
    SECONDS: seconds,
    PAGES: requestLine(),
    SHOP: proxyTo,
    FOLDER,
    SCHEME: scheme,
  });
}

/** A process that stays, since systemd would write of each of its turns into the journal. */
const sweeper = (seconds: number) => `[Unit]
Description=Removes pages that have not been made anew lately
RequiresMountsFor=${FOLDER}

[Service]
User=www-data
ExecStart=/bin/sh -c 'while sleep ${SWEEP}; do find ${FOLDER} -type f ! -newermt "-${seconds + SWEEP} seconds" -delete; done'
Restart=always

[Install]
WantedBy=multi-user.target
`;

export function pageCacheFiles({ seconds }: PageCacheArgs): ServerFile[] {
  if (seconds === 0) return [];
  return [{ path: "/etc/systemd/system/ecommerce-pages.service", content: sweeper(seconds) }];
}

/** What the role's script needs to know: where the pages go, and how many MiB of them there may be. */
export function pageCacheSettings({ seconds, flavor }: PageCacheArgs): Record<string, string> {
  return seconds === 0 ? {} : { PAGES: FOLDER, PAGES_SIZE: String(pageCacheSize(flavor)) };
}
