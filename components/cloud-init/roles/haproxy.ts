/** HAProxy's configuration: the same pools, persistence, monitors and TLS as Octavia's, for Octavia is HAProxy inside. */

import type { PoolConfig } from "../../config/balancing-schema";
import type { Flavor } from "../../core/flavor";
import { balancerConnections } from "../../core/sizing";
import { CLAIMS } from "./apache";

export interface HaproxyArgs {
  readonly flavor: Flavor;
  /** Both servers by host name; the first is the one that is configured. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  readonly pool: PoolConfig;
  /** Where servers may be: HAProxy checks each address, and servers that answer get requests. */
  readonly slots: readonly string[];
  /** Clients are shoppers, whose headers about their address are dropped; else web servers, whose headers are passed on. */
  readonly isPublic: boolean;
  /** Connections that one shopper's address may have; 0: any number. */
  readonly connections: number;
  /** CIDRs of shoppers who may have any number. */
  readonly favoured: readonly string[];
  /** PEM file with chain and key; none: plain HTTP. */
  readonly tlsFile: string | undefined;
}

const MEMBER_PORT = 80;
/** Seconds between checks of a server on its way in or out; it takes `retries` of them. */
const IN_TRANSITION = 2;

const PROXY = "servers";
const STATE_FIELDS =
  "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";

/**
 * What HAProxy reads at its first start: nobody is there until a check says so. Without it HAProxy believes in every
 * address until the first check fails.
 */
export function initialState(slots: readonly string[]): string {
  const rows = slots.map((address, index) => {
    const id = index + 1;
    return `1 ${PROXY} ${id} s${id} ${address} 0 0 1 1 0 1 0 0 6 0 1 1 - ${MEMBER_PORT} - 0 0 - - 0`;
  });
  return ["1", `# ${STATE_FIELDS}`, ...rows, ""].join("\n");
}

/** Whether the two must tell each other which server each client uses. */
export function remembersClients({ persistence }: PoolConfig): boolean {
  return persistence.type === "SOURCE_IP" || persistence.type === "APP_COOKIE";
}

export function haproxyConf(args: HaproxyArgs): string {
  const sections = [global(args), DEFAULTS, ...peers(args), ...clientTable(args), frontend(args), backend(args), LOCAL];
  return sections.map((lines) => `${lines.join("\n  ")}\n`).join("\n");
}

const global = ({ flavor, nodes: [own] }: HaproxyArgs) => [
  "global",
  "log stdout format short local0 notice",
  "user haproxy",
  "group haproxy",
  "chroot /var/lib/haproxy",
  `maxconn ${balancerConnections(flavor)}`,
  "# Fewer files than that takes, as containers may have, are no reason to serve nobody.",
  "no strict-limits",
  `localpeer ${own?.name}`,
  "stats socket /run/haproxy/admin.sock mode 600 level admin",
  "server-state-file /run/haproxy/servers.state",
  "# All addresses are asked at once, not spread over the delay.",
  "max-spread-checks 500",
  "# On a reload, connections of before may go on for so long.",
  "hard-stop-after 5m",
  "# Mozilla's recommendation: intermediate.",
  "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
  "ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
];

const DEFAULTS = [
  "defaults",
  "mode http",
  "log global",
  "option dontlognull",
  "# A request that no server has seen yet goes to another one.",
  "option redispatch 1",
  "retries 3",
  "timeout connect 2s",
  "timeout client 50s",
  "timeout server 50s",
  "timeout http-request 10s",
];

const peers = ({ pool, nodes }: HaproxyArgs) =>
  remembersClients(pool) ? [["peers pair", ...nodes.map(({ name, address }) => `peer ${name} ${address}:1025`)]] : [];

const isLimited = ({ isPublic, connections }: HaproxyArgs) => isPublic && connections > 0;

const clientTable = (args: HaproxyArgs) =>
  isLimited(args) ? [["backend shoppers", "stick-table type ip size 100k expire 1m store conn_cur"]] : [];

const limited = (args: HaproxyArgs) => {
  if (!isLimited(args)) return [];
  const { connections, favoured } = args;
  return [
    "tcp-request connection track-sc0 src table shoppers",
    ...(favoured.length > 0 ? [`tcp-request connection accept if { src ${favoured.join(" ")} }`] : []),
    `tcp-request connection reject if { sc_conn_cur(0) gt ${connections} }`,
  ];
};

const frontend = (args: HaproxyArgs) => [
  "frontend clients",
  "bind :80",
  ...(args.tlsFile === undefined
    ? []
    : [
        `bind :443 ssl crt ${args.tlsFile} alpn h2,http/1.1`,
        "http-request redirect scheme https code 301 unless { ssl_fc }",
      ]),
  ...limited(args),
  ...(args.isPublic
    ? [
        ...CLAIMS.map((name) => `http-request del-header ${name}`),
        "http-request set-header X-Forwarded-Proto https if { ssl_fc }",
        "http-request set-header X-Forwarded-Proto http unless { ssl_fc }",
      ]
    : []),
  "option forwardfor",
  `default_backend ${PROXY}`,
];

const ALGORITHMS: Readonly<Record<PoolConfig["algorithm"], string>> = {
  ROUND_ROBIN: "roundrobin",
  LEAST_CONNECTIONS: "leastconn",
  SOURCE_IP: "source",
  // Refused with this driver; the nearest that HAProxy has.
  SOURCE_IP_PORT: "source",
};

const backend = ({ pool, slots, tlsFile }: HaproxyArgs) => {
  const { path, delay, timeout, retries } = pool.monitor;
  const isCookie = pool.persistence.type === "HTTP_COOKIE";
  return [
    `backend ${PROXY}`,
    "id 1",
    `balance ${ALGORITHMS[pool.algorithm]}`,
    ...persistence(pool.persistence, tlsFile !== undefined),
    "option httpchk",
    `http-check send meth GET uri ${path}`,
    "http-check expect status 200",
    `timeout check ${timeout}s`,
    "load-server-state-from-file global",
    `default-server check inter ${delay}s fastinter ${Math.min(IN_TRANSITION, delay)}s fall ${retries} rise ${retries}`,
    ...slots.map((address, index) => {
      const id = index + 1;
      return `server s${id} ${address}:${MEMBER_PORT} id ${id}${isCookie ? ` cookie s${id}` : ""}`;
    }),
  ];
};

function persistence(config: PoolConfig["persistence"], overTls: boolean): string[] {
  const table = (type: string) => `stick-table type ${type} size 100k expire 8h peers pair`;
  switch (config.type) {
    case "none":
      return [];
    case "SOURCE_IP":
      return [table("ip"), "stick on src"];
    case "HTTP_COOKIE":
      return [`cookie SRV insert indirect nocache httponly${overTls ? " secure" : ""}`];
    case "APP_COOKIE":
      return [
        table("string len 64"),
        `stick store-response res.cook(${config.cookie})`,
        `stick match req.cook(${config.cookie})`,
      ];
    default:
      return config satisfies never;
  }
}

/** For operators on the server itself, and for keepalived to ask whether HAProxy lives. */
const LOCAL = ["frontend local", "bind 127.0.0.1:8404", "monitor-uri /alive", "stats enable", "stats uri /"];
