/** The database role: the distribution's MySQL or MariaDB on the volume. */
import type { Flavor } from "../../core/flavor";
import { bufferPool, maxConnections, queryCache } from "../../core/sizing";
import type { ServerFile } from "../document";
import { type Role, script } from "../role";
import { accountsFiles, keeperSql, restorerSql } from "./accounts";

export interface DatabaseRoleArgs {
  /** CIDR that users may come from. */
  readonly clients: string;
  /** Opens what the server's metadata say of accounts (`core/wanted-accounts.ts`). */
  readonly accountsKey: string;
  readonly flavor: Flavor;
  readonly address: string;
  readonly port: number;
  /** Id of the Cinder volume. */
  readonly volumeId: string;
  /** `<project>-<stack>`, written on the volume. */
  readonly owner: string;
  /** Another owner that the volume may have: the stack was renamed. */
  readonly formerOwner?: string | undefined;
  /** Id of the snapshot that the volume was made from; none: it was made blank. */
  readonly snapshot?: string | undefined;
  /** Whether it has a way out, to where names are looked up. */
  readonly resolves: boolean;
  /** Of the keeper; none: nobody backs up. */
  readonly backups?: { readonly keeperPassword: string; readonly restore?: RestoreArgs | undefined } | undefined;
  readonly tls: {
    readonly caCertificate: string;
    readonly serverCertificate: string;
    readonly serverKey: string;
  };
}

export interface RestoreArgs {
  /** The second, e.g. `2026-11-27T10:15:00Z`, by which a restore is known. */
  readonly at: string;
  readonly restorerPassword: string;
}

const BINLOG_SECONDS = 7 * 24 * 3600;
const BINLOGS = "/etc/ecommerce/binlogs";
/** Percent of the volume that binary logs may take. */
const BINLOG_SHARE = 10;

const config = ({ flavor, address, port, backups }: DatabaseRoleArgs) => `[mysqld]
bind-address = ${address}
port = ${port}
skip-name-resolve = ON
local-infile = OFF
character-set-server = utf8mb4
collation-server = utf8mb4_unicode_ci
max_allowed_packet = 64M
max_connections = ${maxConnections(flavor)}
innodb_buffer_pool_size = ${bufferPool(flavor)}M
innodb_flush_log_at_trx_commit = 1
innodb_file_per_table = ON
# A shop asks the same again for every page. MariaDB remembers the answers until a table of theirs changes; MySQL cannot.
loose-query_cache_type = ON
loose-query_cache_size = ${queryCache(flavor)}M
server-id = 1
log-bin = binlog
sync_binlog = 1
max_binlog_size = 64M
# With a keeper they go when they lie in Swift.
binlog_expire_logs_seconds = ${backups ? 0 : BINLOG_SECONDS}
require_secure_transport = ON
ssl-ca = /etc/ecommerce/tls/ca.crt
ssl-cert = /etc/ecommerce/tls/server.crt
ssl-key = /etc/ecommerce/tls/server.key
tls_version = TLSv1.2,TLSv1.3
# MySQL's second protocol; MariaDB has none.
loose-mysqlx = OFF
`;

/** A script of that name, run by systemd. */
const everyMinute = (name: string, description: string, settings = ""): ServerFile[] => [
  script(`${name}.sh`, "0755"),
  {
    path: `/etc/systemd/system/ecommerce-${name}.service`,
    content: `[Unit]
Description=${description}
RequiresMountsFor=/srv/database

[Service]
Type=oneshot
${settings}ExecStart=/usr/local/lib/ecommerce/${name}.sh
`,
  },
  {
    path: `/etc/systemd/system/ecommerce-${name}.timer`,
    content: `[Unit]
Description=Every minute: ${description}

[Timer]
OnBootSec=1min
OnUnitActiveSec=1min

[Install]
WantedBy=timers.target
`,
  },
];

const secretFile = (name: string, content: string): ServerFile => ({
  path: `/etc/ecommerce/${name}`,
  content,
  mode: "0600",
});

export function databaseRole(args: DatabaseRoleArgs): Role {
  const { tls, backups, clients } = args;
  const { restore } = backups ?? {};
  return {
    name: "database",
    imageFiles: [
      ...everyMinute("grow-volume", "Makes the file system as large as its volume"),
      ...everyMinute("watch-space", "Says when the volume fills up, and stops writers before it is full"),
      ...accountsFiles(),
      script("new-timeline.sql"),
      ...everyMinute("limit-binlogs", "Keeps the binary logs within their share", `EnvironmentFile=${BINLOGS}\n`),
    ],
    bootFiles: [
      { path: "/etc/ecommerce/mysqld.cnf", content: config(args) },
      { path: "/etc/ecommerce/tls/ca.crt", content: tls.caCertificate },
      { path: "/etc/ecommerce/tls/server.crt", content: tls.serverCertificate },
      { path: "/etc/ecommerce/tls/server.key", content: tls.serverKey, mode: "0400" },
      { path: "/etc/ecommerce/accounts.key", content: `${args.accountsKey}\n`, mode: "0400" },
      { path: BINLOGS, content: `SHARE=${BINLOG_SHARE}\nPURGE=${backups ? "shipped" : "any"}\n` },
      ...(backups ? [secretFile("keeper.sql", keeperSql(clients, backups.keeperPassword))] : []),
      ...(restore ? [secretFile("restorer.sql", restorerSql(clients, restore.restorerPassword))] : []),
    ],
    imageSettings: {},
    settings: {
      VOLUME_ID: args.volumeId,
      OWNER: args.owner,
      NAMES: args.resolves ? "dns" : "files",
      RESTORE: restore?.at ?? "",
      ...(args.snapshot ? { SNAPSHOT: args.snapshot } : {}),
      ...(args.formerOwner ? { FORMERLY: args.formerOwner } : {}),
    },
    sysctl: { "vm.swappiness": 1, "net.core.somaxconn": 1024 },
  };
}
