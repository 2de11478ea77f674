/**
 * Limits for each client: HAProxy between a web server's Apache and the app balancer. What Apache answers by itself, shared
 * pages and checks among it, never comes here, and so is neither counted nor slowed. All else does, so that here it is led to the
 * servers of its service, where a service has servers of its own.
 */

import type { Limits } from "../../config/access-schema";
import type { Flavor } from "../../core/flavor";
import { apacheProcesses } from "../../core/sizing";
import type { ServerFile } from "../document";
import { type Cluster, clusterBackend, leadToClusters } from "./clusters";
import { dropped, ROUTE } from "./front-door";
import { FILE } from "./service-routes";

export interface GateArgs {
  readonly flavor: Flavor;
  /** Address of the app balancer. */
  readonly appVip: string;
  readonly limits: Limits;
  /** CIDRs of clients that are limited in nothing but logins. */
  readonly favoured: readonly string[];
  /** The app balancer passes connections on: a kept one would stay with a server, also when that is gone. */
  readonly keepsNoConnections: boolean;
  /** Services that other servers answer for than the app tier's; none: the app tier answers for all. */
  readonly clusters?: readonly Cluster[] | undefined;
}

const CONFIG = "/etc/ecommerce/gate.cfg";
const PORT = 8079;
/** Seconds that a page may take. */
const PATIENCE = 30;

/** Logins, and mails for lost passwords. */
const LOGIN = `${ROUTE}=[^&]*(?:${dropped("login")}|${dropped("forgotten")})`;

/** Whether requests to the shop are counted at all, or led to several places. */
export function hasGate({ limits, clusters = [] }: Pick<GateArgs, "limits" | "clusters">): boolean {
  const { logins, pages, atOnce } = limits;
  return logins > 0 || pages > 0 || atOnce > 0 || clusters.length > 0;
}

/** Arguments of ProxyPass: where Apache finds the shop. */
export const GATE = `http://127.0.0.1:${PORT}/ connectiontimeout=2 timeout=${PATIENCE + 5} keepalive=On ttl=40 retry=0 acquire=3000`;

/** As Apache says it, which has taken away what others said. */
const CLIENT = "req.hdr_ip(x-forwarded-for,-1)";

const tooMany = (seconds: number) =>
  `http-request return status 429 content-type text/plain string "Too many requests: try again in ${seconds} seconds.\\n" hdr Retry-After ${seconds} hdr Cache-Control no-store`;

const quoted = (regex: string) => `'${regex}'`;

function limitLogins({ logins }: Limits): string[] {
  if (logins === 0) return [];
  return [
    `http-request track-sc1 ${CLIENT} table logins if METH_POST { query -m reg -i ${quoted(LOGIN)} }`,
    `${tooMany(60)} if { sc_gpc0_rate(1,logins) ge ${logins} }`,
    "http-request sc-inc-gpc0(1) if { sc_tracked(1) }",
  ];
}

function limitPages({ pages, atOnce }: Limits, favoured: readonly string[]): string[] {
  if (pages === 0 && atOnce === 0) return [];
  const others = favoured.length > 0 ? "!favoured " : "";
  return [
    ...(favoured.length > 0 ? [`acl favoured ${CLIENT} ${favoured.join(" ")}`] : []),
    `acl file path -m reg -i ${quoted(FILE)}`,
    `acl routed query -m reg ${quoted(ROUTE)}`,
    `http-request track-sc0 ${CLIENT} table pages if ${others}!file or ${others}routed`,
    ...(pages > 0 ? [`${tooMany(10)} if { sc_gpc0_rate(0,pages) ge ${pages} }`] : []),
    ...(atOnce > 0 ? [`${tooMany(2)} if { sc_conn_cur(0,pages) gt ${atOnce} }`] : []),
    "http-request sc-inc-gpc0(0) if { sc_tracked(0) }",
  ];
}

const table = (name: string, minutes: number, also: string) => [
  `backend ${name}`,
  `stick-table type ipv6 size 100k expire ${minutes * 2}m store gpc0,gpc0_rate(${minutes}m)${also}`,
];

function config({ flavor, appVip, limits, favoured, keepsNoConnections, clusters = [] }: GateArgs): string {
  const connection = keepsNoConnections ? ["http-reuse never", "option http-server-close"] : [];
  const sections = [
    [
      "global",
      "log stdout format short local0 notice",
      "user haproxy",
      "group haproxy",
      "chroot /var/lib/haproxy",
      `maxconn ${apacheProcesses(flavor).workers + 100}`,
      "no strict-limits",
      "# As many bytes of headers as Apache takes.",
      "tune.bufsize 65536",
    ],
    [
      "defaults",
      "mode http",
      "log global",
      "option dontlognull",
      "retries 2",
      "timeout connect 2s",
      "timeout client 60s",
      `timeout server ${PATIENCE}s`,
      "timeout http-request 30s",
      "timeout http-keep-alive 60s",
    ],
    [
      "frontend gate",
      `bind 127.0.0.1:${PORT}`,
      ...limitLogins(limits),
      ...limitPages(limits, favoured),
      ...leadToClusters(clusters),
      "default_backend shop",
    ],
    ["backend shop", ...connection, `server app ${appVip}:80`],
    ...clusters.map((cluster) => clusterBackend(cluster, appVip, connection)),
    table("pages", 1, ",conn_cur"),
    table("logins", 5, ""),
  ];
  return sections.map((lines) => `${lines.join("\n  ")}\n`).join("\n");
}

export function gateFiles(args: GateArgs): ServerFile[] {
  return hasGate(args) ? [{ path: CONFIG, content: config(args) }] : [];
}

const UNIT = "/etc/systemd/system/haproxy.service.d/ecommerce.conf";

/** The same on every web server: HAProxy goes by our configuration, once there is one. */
export const gateImageFiles: readonly ServerFile[] = [
  { path: UNIT, content: `[Service]\nEnvironment=CONFIG=${CONFIG}\n` },
];

/** For Apache, whose configuration every image checks: scripts of an older one know nothing of limits. */
export const gateInImage = `<IfFile !${UNIT}>
  Error "this image was baked before access.limits: bake it anew with npm run image -- web"
</IfFile>
`;

export function gateSettings(args: Pick<GateArgs, "limits" | "clusters">): Record<string, string> {
  return hasGate(args) ? { GATE: CONFIG } : {};
}
