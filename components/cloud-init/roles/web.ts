/** The web role: Apache as reverse proxy in front of the app balancer. */

import type { Limits } from "../../config/access-schema";
import type { Certificate } from "../../core/certificate";
import { ofSomebody } from "../../core/cidr";
import type { Flavor } from "../../core/flavor";
import type { ServerFile } from "../document";
import { filledIn } from "../filled-in";
import type { Role } from "../role";
import { apacheConf, apacheImageFiles } from "./apache";
import type { Cluster } from "./clusters";
import { connectionLimitFiles, connectionLimitSettings } from "./connection-limit";
import { backofficeDoor } from "./front-door";
import { GATE, type GateArgs, gateFiles, gateImageFiles, gateInImage, gateSettings, hasGate } from "./gate";
import { type PageCacheArgs, pageCache, pageCacheFiles, pageCacheSettings } from "./page-cache";
import { oneReading } from "./service-routes";

/** How shoppers' requests arrive. */
export type Clients =
  | {
      readonly come: "through a balancer";
      /** CIDR of the web subnet, where the balancer's own addresses lie. */
      readonly cidr: string;
      /** The balancer speaks HTTPS: plain HTTP is sent there. */
      readonly https: boolean;
    }
  | {
      /** No balancer in between names the client's address or ends TLS. */
      readonly come: "directly";
      /** None: plain HTTP. */
      readonly certificate: Certificate | undefined;
    };

export interface WebRoleArgs {
  readonly flavor: Flavor;
  /** Address of the app balancer. */
  readonly appVip: string;
  readonly clients: Clients;
  /** Seconds for which browsers are told to come by HTTPS only; none: they are not told. */
  readonly hsts: number | undefined;
  /** Where `/static/` is, with a slash at its end; none: with the shop. */
  readonly staticUrl: string | undefined;
  /** Seconds for which anonymous visitors share a page; 0: never. */
  readonly cache: number;
  /** CIDRs that may open administration and API; none: nobody. */
  readonly backoffice: readonly string[];
  readonly limits: Limits;
  /** Services that other servers answer for than the app tier's; none: the app tier answers for all. */
  readonly clusters?: readonly Cluster[] | undefined;
}

const TLS = { chain: "/etc/ecommerce/tls/site.crt", privateKey: "/etc/ecommerce/tls/site.key" };

const REDIRECT = "RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L,NE]";

const elsewhere = (staticUrl: string | undefined) =>
  staticUrl === undefined ? "" : filledIn("web/static.conf", { URL: staticUrl });

/**
 * Connections are given up before the balancer behind them does (50 s). A balancer that passes connections on would leave
 * a kept one with the server that it first led to, also when that is gone.
 */
const proxyTo = ({ appVip, clients, limits, clusters }: WebRoleArgs) => {
  if (hasGate({ limits, clusters })) return GATE;
  const kept = clients.come === "directly" ? "disablereuse=On" : "keepalive=On ttl=40";
  return `http://${appVip}:80/ connectiontimeout=2 timeout=30 ${kept} retry=0 acquire=3000`;
};

const shop = (args: WebRoleArgs) => {
  const [url = ""] = proxyTo(args).split(" ");
  return filledIn("web/shop.conf", {
    BACKOFFICE: `${backofficeDoor(args.backoffice)}${args.clusters?.length ? oneReading() : ""}`,
    STATIC: elsewhere(args.staticUrl),
    SHARED_PAGES: pageCache(cacheOf(args), proxyTo(args)),
    SHOP: proxyTo(args),
    SHOP_URL: url,
  });
};

const stay = (hsts: number | undefined, condition = "") =>
  hsts === undefined ? "" : `  Header always setifempty Strict-Transport-Security "max-age=${hsts}"${condition}\n`;

/** The balancer says in a header how the shopper came; its own checks carry none, and are answered as they are. */
const throughHttps = (hsts: number | undefined) => `  RewriteEngine On
  RewriteCond %{HTTP:X-Forwarded-Proto} =http
  ${REDIRECT}
${stay(hsts, ` "expr=%{HTTP:X-Forwarded-Proto} == 'https'"`)}
`;

/** For servers without an L7 balancer in front: nothing says whether the shopper used HTTPS. `CLAIMS` are removed everywhere. */
const announced = (proto: "http" | "https") => `  RequestHeader set X-Forwarded-Proto ${proto}\n`;

const host = (port: number, ...parts: string[]) =>
  `<VirtualHost *:${port}>\n${parts.filter((part) => part !== "").join("\n")}</VirtualHost>\n`;

function cacheOf({ flavor, clients, cache }: WebRoleArgs): PageCacheArgs {
  const isSecure = clients.come === "directly" ? clients.certificate !== undefined : clients.https;
  return { flavor, seconds: cache, scheme: isSecure ? "https" : "http" };
}

function site(args: WebRoleArgs): string {
  const { clients, hsts } = args;
  const health = filledIn("web/health.conf");
  const opening = "# The shop, from the app balancer.\n";
  switch (clients.come) {
    case "through a balancer":
      return `${opening}${host(80, health, clients.https ? throughHttps(hsts) : "", shop(args))}`;
    case "directly": {
      if (!clients.certificate) return `${opening}${host(80, health, announced("http"), shop(args))}`;
      const away = `  RewriteEngine On\n  RewriteCond %{REQUEST_URI} !=/healthz\n  ${REDIRECT}\n`;
      return `${opening}${host(80, health, away)}${host(443, filledIn("web/tls.conf", { CHAIN: TLS.chain, KEY: TLS.privateKey }), stay(hsts), health, announced("https"), shop(args))}`;
    }
    default:
      return clients satisfies never;
  }
}

function tlsFiles(clients: Clients): ServerFile[] {
  if (clients.come !== "directly" || !clients.certificate) return [];
  const { chain, privateKey } = clients.certificate;
  return [
    { path: TLS.chain, content: chain },
    { path: TLS.privateKey, content: privateKey, mode: "0400" },
  ];
}

const isLimited = (args: WebRoleArgs) => hasGate(args) || args.limits.connections > 0;

/** Balancers come from their own addresses with their checks; who looks after the shop is no danger to it. */
function gateOf(args: WebRoleArgs, balancers: readonly string[]): GateArgs {
  const favoured = [...ofSomebody(args.backoffice), ...balancers];
  return { ...args, favoured, keepsNoConnections: args.clients.come === "directly" };
}

export function webRole(args: WebRoleArgs): Role {
  const { flavor, clients, limits, backoffice } = args;
  const balancers = clients.come === "directly" ? [] : [clients.cidr];
  const gate = gateOf(args, balancers);
  // Behind a balancer all connections are its own; HAProxy's counts them itself.
  const direct = {
    connections: clients.come === "directly" ? limits.connections : 0,
    favoured: ofSomebody(backoffice),
  };
  return {
    name: "web",
    imageFiles: [{ path: "/var/www/health/healthz.txt", content: "ok\n" }, ...apacheImageFiles, ...gateImageFiles],
    bootFiles: [
      { path: "/etc/apache2/conf-available/zz-ecommerce.conf", content: apacheConf(flavor, balancers) },
      {
        path: "/etc/apache2/sites-available/ecommerce.conf",
        content: `${isLimited(args) ? gateInImage : ""}${site(args)}${filledIn("web/status.conf")}`,
      },
      ...tlsFiles(clients),
      ...pageCacheFiles(cacheOf(args)),
      ...gateFiles(gate),
      ...connectionLimitFiles(direct),
    ],
    imageSettings: {},
    settings: { ...pageCacheSettings(cacheOf(args)), ...gateSettings(gate), ...connectionLimitSettings(direct) },
    sysctl: {
      "net.core.somaxconn": 4096,
      "net.ipv4.ip_local_port_range": "10240 65535",
      "net.ipv4.tcp_tw_reuse": 1,
      "net.ipv4.tcp_fin_timeout": 15,
    },
  };
}
