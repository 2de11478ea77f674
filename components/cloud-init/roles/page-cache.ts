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

export interface PageCacheArgs {
  readonly flavor: Flavor;
  /** Seconds for which a page is shared; 0: never. */
  readonly seconds: number;
  /** How shoppers come: it is the same for all of them. */
  readonly scheme: "http" | "https";
}

/** As a path of this server's: nobody can ask for it by name. */
const PLACE = "/shared-pages";
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

/** One spelling of each host, since pages are kept by host and the shop sees how it was spelt. */
const HOST = String.raw`^[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?!80$|443$)[1-9][0-9]{1,4})?$`;
/** Any other word there names a header that the shop shall not get. */
const CONNECTION = "^(?:close|keep-alive)?$";
const ABSENT = ["Cookie", "Authorization", "Content-Length", "Transfer-Encoding"];
/** What could make one visitor's page different from another's, or ask for half of it. */
const TAKEN_AWAY = [
  ...ABSENT,
  "Accept",
  "Accept-Language",
  "Cache-Control",
  "Client-IP",
  "Content-Type",
  "Forwarded",
  "If-Match",
  "If-Modified-Since",
  "If-None-Match",
  "If-Range",
  "If-Unmodified-Since",
  "Origin",
  "Pragma",
  "Range",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Server",
  "X-Forwarded-SSL",
  "X-HTTP-Method-Override",
  "X-Original-URL",
  "X-Real-IP",
  "X-Requested-With",
  "X-Rewrite-URL",
];
const ZIPPED = String.raw`^(?=.*\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))).*$`;

/**
 * @param proxyTo arguments of ProxyPass, as of every other page
 * @returns lines for the virtual host, to stand before its own ProxyPass; none without a cache
 */
export function pageCache({ seconds, scheme }: PageCacheArgs, proxyTo: string): string {
  if (seconds === 0) return "";
  const anonymous = [
    ...ABSENT.map((header) => `-z req_novary('${header}')`),
    `req_novary('Host') =~ m#${HOST}#`,
    `req_novary('Connection') =~ m#${CONNECTION}#i`,
    `%{THE_REQUEST} =~ m#${requestLine()}#`,
  ];
  return `  # Pages that anonymous visitors share for ${seconds} s. X-Cache in an answer says whether it was one of them.
  RewriteEngine On
  RewriteRule ^${PLACE}(?:/|$) - [R=404,L]
${anonymous.map((condition) => `  RewriteCond expr "${condition}"\n`).join("")}  RewriteRule ^/(.*)$ ${PLACE}/$1 [PT,L]
  ProxyPass ${PLACE}/ ${proxyTo}
  CacheQuickHandler off
  CacheRoot ${FOLDER}
  CacheDirLevels 1
  CacheDirLength 1
  CacheMaxFileSize 1048576
  # One request makes the page anew, the others have the old one meanwhile.
  CacheLock on
  CacheLockPath ${FOLDER}/locks
  CacheLockMaxAge 5
  CacheStaleOnError off
  CacheIgnoreHeaders Set-Cookie
  <Location ${PLACE}/>
    CacheEnable disk
    CacheHeader on
${TAKEN_AWAY.map((header) => `    RequestHeader unset ${header}\n`).join("")}    RequestHeader set X-Forwarded-Proto ${scheme}
    RequestHeader edit Accept-Encoding "${ZIPPED}" gzip
    RequestHeader edit Accept-Encoding "^(?!gzip$).*$" identity
    RequestHeader setifempty Accept-Encoding identity
    Header unset Set-Cookie
    Header always unset Set-Cookie
    Header merge Vary Accept-Encoding
    # For this cache alone: nobody behind it keeps the page, as the shop itself would have it.
    CacheStoreNoStore on
    Header set Cache-Control "no-store, s-maxage=${seconds}" "expr=%{REQUEST_STATUS} == 200"
    Header unset Expires "expr=%{REQUEST_STATUS} == 200"
    Header unset Pragma "expr=%{REQUEST_STATUS} == 200"
    # Only a page is kept: an answer that has expired already is none.
    Header set Cache-Control no-store "expr=%{REQUEST_STATUS} != 200"
    Header set Expires 0 "expr=%{REQUEST_STATUS} != 200"
  </Location>
`;
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
