/** Names of databases and of their users that the database server, its packages or this project need themselves. */
import { ACCOUNTS_SCHEMA, BACKUPS_SCHEMA, KEEPER, RESTORER } from "../core/database-accounts";
import { MOST_PIECES, pieceKeys } from "../core/wanted-accounts";
import type { Rule, SoundStore } from "./rule";

const RESERVED: ReadonlySet<string> = new Set([
  ACCOUNTS_SCHEMA,
  BACKUPS_SCHEMA,
  KEEPER,
  RESTORER,
  // Databases that come with the server, or that its tools make and remove.
  "information_schema",
  "innodb",
  "mysql",
  "performance_schema",
  "sys",
  "test",
  // Users and roles of the server's own.
  "current_role",
  "current_user",
  "event_scheduler",
  "mariadb",
  "none",
  "public",
  "root",
]);

/** A database is a folder; these are files of the server's beside it. */
const FILES =
  /^(ibdata\d*|ibtmp\d*|ib_logfile\d*|ib_buffer_pool|undo_?\d+|aria_log_control|(mysql|mariadb)_upgrade_info)$/;

/** Whether the server would refuse the name, or would not leave alone what is kept under it. */
export const isReserved = (name: string) => RESERVED.has(name) || FILES.test(name);

type Key = "stores" | "readers";

/** Entries of a list one by one, so that a wrong one hides no other; what is no name at all, the schema says. */
function names({ database }: SoundStore, key: Key): (readonly [string, string])[] {
  const list = database?.[key] ?? [];
  return list.flatMap((name, index) => (name === undefined ? [] : [[`database.${key}.${index}`, name] as const]));
}

const reservedNames: Rule = (store) =>
  [...names(store, "stores"), ...names(store, "readers")]
    .filter(([, value]) => isReserved(value))
    .map(([key, value]) => ({ key, value, problem: "must be another name: the database server uses this one itself" }));

const distinctUsers: Rule = (store) => {
  const stores = names(store, "stores").map(([, name]) => name);
  return names(store, "readers")
    .filter(([, value]) => stores.includes(value) && !isReserved(value))
    .map(([key, value]) => ({ key, value, problem: "must not be named as a store" }));
};

/** The running server learns them from its metadata, of which Nova takes only so much. */
const roomInMetadata: Rule = (store) => {
  const [stores, readers] = [names(store, "stores"), names(store, "readers")];
  const needed = pieceKeys(
    stores.map(([, name]) => name),
    readers.map(([, name]) => name),
  ).length;
  if (needed <= MOST_PIECES) return [];
  const key = stores.length > readers.length ? "database.stores" : "database.readers";
  const value = Math.max(stores.length, readers.length);
  const problem = `must name fewer: stores and readers take ${needed} items of the database server's metadata, and there is room for ${MOST_PIECES}`;
  return [{ key, value, problem }];
};

const shopsDatabase: Rule = ({ shop, database }) => {
  const value = shop?.database;
  if (value === undefined || !database?.stores || database.stores.includes(value)) return [];
  return [{ key: "shop.database", value, problem: "must be one of database.stores" }];
};

const growingVolume: Rule = ({ database }, given) => {
  const { size, grow } = database?.volume ?? {};
  const isWithoutKeeper = given?.database?.volume?.grow !== undefined && given.database.backups === undefined;
  const problem = "must be given with database.volume.grow: the keeper is what makes the volume larger";
  const isSmall = size !== undefined && grow?.to !== undefined && grow.to <= size;
  return [
    ...(isWithoutKeeper ? [{ key: "database.backups", value: undefined, problem }] : []),
    ...(isSmall
      ? [{ key: "database.volume.grow.to", value: grow.to, problem: `must be more than database.volume.size ${size}` }]
      : []),
  ];
};

export const DATABASE_RULES: readonly Rule[] = [
  reservedNames,
  distinctUsers,
  roomInMetadata,
  shopsDatabase,
  growingVolume,
];
