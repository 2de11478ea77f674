/** One of two database servers that have the same data: MariaDB with Galera, one of them written to at a time. */

import type { MemberCertificate } from "../../core/certificate";
import { PORTS } from "../../core/security-rule";
import type { ServerFile } from "../document";
import { type Role, script } from "../role";
import { type DatabaseRoleArgs, databaseRole } from "./database";
import { keepalived, type SharedAddress } from "./keepalived";

/** `address` is the one that the two share. */
export interface PairRoleArgs
  extends Omit<DatabaseRoleArgs, "snapshot" | "backups">,
    Pick<SharedAddress, "own" | "peer" | "password"> {
  readonly number: 1 | 2;
  readonly member: MemberCertificate;
  readonly keeperPassword: string;
}

const LIBRARY = "/usr/local/lib/ecommerce/pair";
const TLS = "/etc/ecommerce/tls";

/**
 * A member that says nothing for 2 s is suspected, and out once the others agree. `pc.recovery` would begin without asking how
 * far the data is; `start.py` asks.
 * @param key file of the member's own, beside its certificate of the same name
 */
export function galeraOptions(key: string): string {
  const options = {
    "evs.keepalive_period": "PT0.5S",
    "evs.inactive_check_period": "PT0.5S",
    "evs.suspect_timeout": "PT2S",
    "evs.inactive_timeout": "PT4S",
    "evs.install_timeout": "PT4S",
    "gmcast.peer_timeout": "PT2S",
    "pc.recovery": "no",
    "socket.ssl_ca": `${TLS}/ca.crt`,
    "socket.ssl_cert": `${TLS}/${key}.crt`,
    "socket.ssl_key": `${TLS}/${key}.key`,
  };
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(";");
}

/** Of Galera's group: all members must have the same. */
export const groupName = (owner: string) => owner.slice(0, 32);

export const galeraMembers = (addresses: readonly string[]) =>
  `gcomm://${addresses.map((address) => `${address}:${PORTS.galera}`).join(",")}`;

const galera = ({ number, own, peer, owner }: PairRoleArgs) => `[mysqld]
wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_cluster_name = ${groupName(owner)}
# From either of them it learns where the keeper is.
wsrep_cluster_address = ${galeraMembers([own.address, peer.address])}
wsrep_node_name = ${own.name}
wsrep_node_address = ${own.address}
wsrep_provider_options = "${galeraOptions("member")}"
wsrep_slave_threads = 2
# One is written to at a time: numbers of orders follow each other.
wsrep_auto_increment_control = OFF
innodb_autoinc_lock_mode = 2
binlog_format = ROW
log_slave_updates = ON
# A transaction has the same GTID on both; files of the log are each server's own.
log-bin = binlog-${number}
wsrep_gtid_mode = ON
wsrep_gtid_domain_id = 1
gtid_domain_id = ${10 + number}
# The server that sends its data serves all the while.
wsrep_sst_method = mariabackup
wsrep_sst_auth = mysql:
[sst]
encrypt = 3
tca = ${TLS}/ca.crt
tcert = ${TLS}/member.crt
tkey = ${TLS}/member.key
ssl-mode = VERIFY_CA
`;

const files = (): ServerFile[] => [
  ...["settings", "position", "decide", "start", "tell"].map((name) => script(`pair/${name}.py`)),
  ...["serves", "holds", "became", "yield"].map((name) => script(`pair/${name}.sh`, "0755")),
  script("database.sh"),
  script("balancer.sh"),
  {
    path: "/etc/systemd/system/mariadb.service.d/ecommerce-pair.conf",
    content: `[Unit]
Wants=ecommerce-pair.service

[Service]
# Behind the unit's own, which finds out how far the data is.
ExecStartPre=+/usr/bin/python3 -B ${LIBRARY}/start.py
ExecStop=+${LIBRARY}/yield.sh
TimeoutStartSec=infinity
Restart=on-failure
`,
  },
  {
    path: "/etc/systemd/system/keepalived.service.d/ecommerce-pair.conf",
    content: `[Unit]
# So the address goes before the database server stops.
After=mariadb.service
`,
  },
  {
    path: "/etc/systemd/system/ecommerce-accounts.service.d/ecommerce-pair.conf",
    content: `[Service]
ExecCondition=${LIBRARY}/holds.sh
`,
  },
  {
    path: "/etc/systemd/system/ecommerce-pair.service",
    content: `[Unit]
Description=Tells the other database server how this one is
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/python3 -B ${LIBRARY}/tell.py
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`,
  },
];

export function pairRole(args: PairRoleArgs): Role {
  const { number, own, peer, address, member, keeperPassword, password } = args;
  const role = databaseRole({ ...args, backups: { keeperPassword } });
  const check = { name: "database", script: `${LIBRARY}/serves.sh`, user: "root root" };
  const shared = { own, peer, password, vip: address, priority: 101 - number, check, notify: `${LIBRARY}/became.sh` };
  return {
    ...role,
    name: "pair",
    imageFiles: [...role.imageFiles, ...files()],
    bootFiles: [
      ...role.bootFiles,
      { path: "/etc/ecommerce/galera.cnf", content: galera(args) },
      { path: "/etc/ecommerce/keepalived.conf", content: keepalived(shared), mode: "0600" },
      { path: "/etc/ecommerce/pair.json", content: `${JSON.stringify({ number, own, peer })}\n` },
      { path: "/etc/ecommerce/pair.sh", content: `NUMBER=${number}\nNAME=${own.name}\nVIP=${address}\n` },
      { path: `${TLS}/member.crt`, content: member.certificate },
      { path: `${TLS}/member.key`, content: member.key, mode: "0400" },
    ],
    settings: { ...role.settings, OWN_ADDRESS: own.address },
    // It listens at the address that it may get.
    sysctl: { ...role.sysctl, "net.ipv4.ip_nonlocal_bind": 1 },
  };
}
