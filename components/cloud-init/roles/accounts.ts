/** The database's accounts: what looks while the server runs who may use it, and two accounts that it boots with. */
import { BACKUPS_SCHEMA, hostMask, KEEPER, RESTORER } from "../../core/database-accounts";
import type { ServerFile } from "../document";
import { script } from "../role";

const APPLY = "/usr/local/lib/ecommerce/accounts/apply.py";
const FILES = ["apply.py", "statements.py", "wanted.py", "made.sql", "settle.sql"];
/** Longer than Nova's metadata service keeps an answer, which is 15 s: no look is answered with something older than the last. */
const SECONDS = 30;

const service = `[Unit]
Description=Applies who may use the databases, as this server's metadata say
RequiresMountsFor=/srv/database
After=mariadb.service mysql.service

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -B ${APPLY}
`;

const timer = `[Unit]
Description=Every ${SECONDS} seconds: looks who may use the databases

[Timer]
OnActiveSec=${SECONDS}
OnUnitInactiveSec=${SECONDS}
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

/** The same on every database server. */
export const accountsFiles = (): ServerFile[] => [
  ...FILES.map((name) => script(`accounts/${name}`)),
  { path: "/etc/systemd/system/ecommerce-accounts.service", content: service },
  { path: "/etc/systemd/system/ecommerce-accounts.timer", content: timer },
];

/** In a GRANT, `_` in a database's name would match any character. */
const grantName = (store: string) => store.replaceAll("_", "\\_");

/** On everything: a backup that lacks a database is none. */
const KEEPER_RIGHTS = [
  "SELECT",
  "RELOAD",
  "PROCESS",
  "LOCK TABLES",
  "SHOW VIEW",
  "TRIGGER",
  "EVENT",
  "REPLICATION SLAVE",
  "REPLICATION CLIENT",
];

/** The keeper's account, after all others: `made` lets it go with the next server that has no keeper. */
export function keeperSql(clients: string, password: string): string {
  const account = `'${KEEPER}'@'${hostMask(clients)}'`;
  return `${[
    script("backups.sql").content,
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}' REQUIRE SSL;`,
    `ALTER USER ${account} IDENTIFIED BY '${password}' REQUIRE SSL;`,
    `GRANT ${KEEPER_RIGHTS.join(", ")} ON *.* TO ${account};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON \`${grantName(BACKUPS_SCHEMA)}\`.* TO ${account};`,
  ].join("\n")}\n`;
}

/** The account that restores onto a blank volume; it may do everything, and there is nothing yet. */
export function restorerSql(clients: string, password: string): string {
  const account = `'${RESTORER}'@'${hostMask(clients)}'`;
  return `${[
    // The statement stands in the log with its password.
    "SET sql_log_bin = 0;",
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}' REQUIRE SSL;`,
    `ALTER USER ${account} IDENTIFIED BY '${password}' REQUIRE SSL;`,
    `GRANT ALL ON *.* TO ${account};`,
  ].join("\n")}\n`;
}
