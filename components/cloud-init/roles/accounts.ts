/** The database's accounts as SQL that can be run at every new server: exactly those that are wanted, with exactly their rights. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { cidrOf } from "../../core/cidr";
import { BACKUPS_SCHEMA, KEEPER, READER_CONNECTIONS, RESTORER } from "../../core/database-accounts";

export interface AccountsArgs {
  /** CIDR that users may come from. */
  readonly clients: string;
  /** Password of each store's user, by the store's name. */
  readonly stores: Readonly<Record<string, string>>;
  /** Password of each user who only reads, all stores, by the user's name. */
  readonly readers: Readonly<Record<string, string>>;
}

const WRITER = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "CREATE",
  "DROP",
  "ALTER",
  "INDEX",
  "REFERENCES",
  "LOCK TABLES",
  "CREATE TEMPORARY TABLES",
];
const READER = ["SELECT"];

interface Account {
  readonly user: string;
  readonly password: string;
  readonly stores: readonly string[];
  readonly privileges: readonly string[];
  /** Connections at once; none: as many as the server has. */
  readonly connections?: number;
}

const sql = (name: string) => readFileSync(path.join(__dirname, "../scripts", name), "utf8");

/** `10.20.1.0/24` as MySQL writes it: `10.20.1.0/255.255.255.0`. */
export function hostMask(cidr: string): string {
  const { prefix } = cidrOf(cidr);
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  const octets = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff);
  return `${cidr.split("/")[0]}/${octets.join(".")}`;
}

/** In a GRANT, `_` in a database's name would match any character. */
const grantName = (store: string) => store.replaceAll("_", "\\_");

export function usersSql({ clients, stores, readers }: AccountsArgs): string {
  const host = hostMask(clients);
  const names = Object.keys(stores);
  const accounts: readonly Account[] = [
    ...Object.entries(stores).map(([user, password]) => ({ user, password, stores: [user], privileges: WRITER })),
    ...Object.entries(readers).map(([user, password]) => ({
      user,
      password,
      stores: names,
      privileges: READER,
      connections: READER_CONNECTIONS,
    })),
  ];
  const wanted = accounts.flatMap(({ user, stores: its, privileges }) =>
    its.flatMap((store) =>
      privileges.map((one) => `('${user}', '${host}', '${grantName(store).replaceAll("\\", "\\\\")}', '${one}')`),
    ),
  );
  const create = ({ user, password, stores: its, privileges, connections = 0 }: Account) => {
    const terms = `'${user}'@'${host}' IDENTIFIED BY '${password}' REQUIRE SSL WITH MAX_USER_CONNECTIONS ${connections};`;
    return [
      `CREATE USER IF NOT EXISTS ${terms}`,
      `ALTER USER ${terms}`,
      ...its.map((store) => `GRANT ${privileges.join(", ")} ON \`${grantName(store)}\`.* TO '${user}'@'${host}';`),
    ];
  };
  const lines = [
    // Who may come in is this server's business: a restore of its data makes no account of before.
    "SET sql_log_bin = 0;",
    "DROP USER IF EXISTS ''@'localhost', ''@'%', 'root'@'%', 'root'@'127.0.0.1', 'root'@'::1';",
    sql("accounts-made.sql"),
    ...(wanted.length > 0 ? [`INSERT INTO wanted VALUES\n${wanted.join(",\n")};`] : []),
    // Before they exist: none is ever there without being known.
    "INSERT IGNORE INTO made SELECT DISTINCT user, host FROM wanted;",
    sql("accounts.sql"),
    // What is in them later stands in the log, so they do too.
    "SET sql_log_bin = 1;",
    ...names.map(
      (store) => `CREATE DATABASE IF NOT EXISTS \`${store}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;`,
    ),
    "SET sql_log_bin = 0;",
    ...accounts.flatMap(create),
  ];
  return `${lines.join("\n")}\n`;
}

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
    sql("backups.sql"),
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
