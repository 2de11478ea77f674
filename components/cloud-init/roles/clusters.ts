/**
 * Clusters of servers for single services of the shop, as a web server's HAProxy leads requests to them. A cluster takes so many
 * requests at once and so much time as its limits say, so that one which hangs holds no more of the web server than its share.
 */
import { routeTable, type Service } from "../../core/services";
import { FILE, renderedLines } from "./service-routes";

export interface Cluster {
  readonly name: Service;
  /** Address of its balancer. */
  readonly vip: string;
  /** Patterns, as `core/services.ts` reads them. */
  readonly routes: readonly string[];
  /** Requests at the same time from one web server. */
  readonly connections: number;
  /** Seconds that a page may take. */
  readonly seconds: number;
  /** The app tier answers for it when it is dead. */
  readonly fallsBack: boolean;
}

/** Seconds after which a shopper may ask again. */
const RETRY = 10;
const PAGE =
  "<!doctype html><html lang=en><title>Please try again</title><p>This part of the shop is away at the moment, and the rest of it is open. Please try again in a few seconds.</p>";
const answer = `content-type text/html string '${PAGE}' hdr Retry-After ${RETRY} hdr Cache-Control no-store`;

const SERVICE = "var(txn.service)";

/** Lines of the frontend, behind those that turn clients away. */
export function leadToClusters(clusters: readonly Cluster[]): string[] {
  if (clusters.length === 0) return [];
  const undecided = `!{ ${SERVICE} -m found }`;
  const lines = renderedLines(routeTable(clusters)).map(({ service, fetch, regex }) => {
    const looks = fetch === "path" ? "" : "!answered_by_file ";
    return `http-request set-var(txn.service) str(${service}) if ${undecided} ${looks}{ ${fetch} -m reg '${regex}' }`;
  });
  return [
    `acl answered_by_file path -m reg -i '${FILE}'`,
    ...lines,
    ...clusters.map(
      ({ name, connections }) =>
        `http-request return status 503 ${answer} if { ${SERVICE} -m str ${name} } { be_conn(${name}) ge ${connections} }`,
    ),
    ...clusters.map(({ name }) => `use_backend ${name} if { ${SERVICE} -m str ${name} }`),
  ];
}

/**
 * The section of one cluster. What its balancer says where no server is left becomes the short page; what its servers say, who
 * tell when to come again, stays.
 * @param appVip address of the app balancer
 * @param connection lines that every way to a balancer has
 */
export function clusterBackend(
  { name, vip, seconds, fallsBack }: Cluster,
  appVip: string,
  connection: readonly string[],
): string[] {
  return [
    `backend ${name}`,
    ...connection,
    `timeout server ${seconds}s`,
    "option httpchk GET /healthz",
    ...[502, 503, 504].map((status) => `http-error status ${status} ${answer}`),
    `http-response return status 503 ${answer} if { status 502 503 504 } !{ res.hdr(retry-after) -m found }`,
    `server ${name} ${vip}:80 check inter 2s fall 2 rise 2`,
    ...(fallsBack ? [`server app ${appVip}:80 backup`] : []),
  ];
}
