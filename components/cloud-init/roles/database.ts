/** The database role: the distribution's MySQL or MariaDB on the volume. */
import type { Flavor } from "../../core/flavor";
import { bufferPool, maxConnections, queryCache } from "../../core/sizing";
import { type Role, script } from "../role";
import { type AccountsArgs, usersSql } from "./accounts";

export interface DatabaseRoleArgs extends AccountsArgs {
  readonly flavor: Flavor;
  readonly address: string;
  readonly port: number;
  /** Id of the Cinder volume. */
  readonly volumeId: string;
  /** `<project>-<stack>`, written on the volume. */
  readonly owner: string;
  /** Whether it has a way out, to where names are looked up. */
  readonly resolves: boolean;
  readonly tls: {
    readonly caCertificate: string;
    readonly serverCertificate: string;
    readonly serverKey: string;
  };
}

const BINLOG_SECONDS = 7 * 24 * 3600;

const config = ({ flavor, address, port }: DatabaseRoleArgs) => `[mysqld]
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
binlog_expire_logs_seconds = ${BINLOG_SECONDS}
require_secure_transport = ON
ssl-ca = /etc/ecommerce/tls/ca.crt
ssl-cert = /etc/ecommerce/tls/server.crt
ssl-key = /etc/ecommerce/tls/server.key
tls_version = TLSv1.2,TLSv1.3
# MySQL's second protocol; MariaDB has none.
loose-mysqlx = OFF
`;

const growService = `[Unit]
Description=Makes the database's file system as large as its volume
RequiresMountsFor=/srv/database

[Service]
Type=oneshot
ExecStart=/usr/local/lib/ecommerce/grow-volume.sh
`;
const growTimer = `[Unit]
Description=Looks every minute whether the volume has grown

[Timer]
OnBootSec=1min
OnUnitActiveSec=1min

[Install]
WantedBy=timers.target
`;

export function databaseRole(args: DatabaseRoleArgs): Role {
  const { tls } = args;
  return {
    name: "database",
    imageFiles: [
      script("grow-volume.sh", "0755"),
      { path: "/etc/systemd/system/ecommerce-grow-volume.service", content: growService },
      { path: "/etc/systemd/system/ecommerce-grow-volume.timer", content: growTimer },
    ],
    bootFiles: [
      { path: "/etc/ecommerce/mysqld.cnf", content: config(args) },
      { path: "/etc/ecommerce/tls/ca.crt", content: tls.caCertificate },
      { path: "/etc/ecommerce/tls/server.crt", content: tls.serverCertificate },
      { path: "/etc/ecommerce/tls/server.key", content: tls.serverKey, mode: "0400" },
      { path: "/etc/ecommerce/users.sql", content: usersSql(args), mode: "0600" },
    ],
    imageSettings: {},
    settings: { VOLUME_ID: args.volumeId, OWNER: args.owner, NAMES: args.resolves ? "dns" : "files" },
    sysctl: { "vm.swappiness": 1, "net.core.somaxconn": 1024 },
  };
}
