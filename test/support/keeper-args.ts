/** A keeper beside the small store of the role tests, and what its database server has for it. */
import { type KeeperRoleArgs, keeperRole } from "../../components/cloud-init/roles/keeper";
import { certificates } from "../../components/database/certificates";
import { DATABASE, FLAVOR } from "./role-args";

export const KEEPER = "10.20.1.20";
export const SWIFT = "10.20.1.30";
export const CONTAINER = `http://${SWIFT}/v1/AUTH_p/backups`;
export const KEEPER_SECRETS = {
  password: "Keeper_password.0~",
  restorer: "Restorer_password.0~",
  writer: "Writer_secret.0~",
  reader: "Reader_secret.0~",
};
/** Of these tests alone. */
const RECIPIENT = "age1ps027c8cu9afkvs24fkzmsruec9fzxee4yxc65wswxpljusw892sadf7ts";
export const IDENTITY = "AGE-SECRET-KEY-1ZK8TSRJHC5FVZ8UFTUPZUVVFNVVLF9LQLG2GJXLKXKUWR6AKXU3S9JX8YT";
export const OTHER_IDENTITY = "AGE-SECRET-KEY-13URJFLAXXHJP3YRGPJFJ6HMFQ3C7NEJVNAW5NUX292PVVKMF926Q4505FK";

export async function keeper(more: Partial<KeeperRoleArgs> = {}) {
  const tls = await certificates("a seed of at least thirty-two bytes, for tests", "ecommerce-test", DATABASE.host);
  return keeperRole({
    store: "ecommerce-test",
    flavor: FLAVOR,
    database: { ...DATABASE, password: KEEPER_SECRETS.password, caCertificate: tls.caCertificate },
    swift: {
      authUrl: `http://${SWIFT}/v3`,
      containerUrl: CONTAINER,
      writer: { id: "keeper-writer", secret: KEEPER_SECRETS.writer },
      reader: { id: "keeper-reader", secret: KEEPER_SECRETS.reader },
    },
    recipient: RECIPIENT,
    identity: IDENTITY,
    baseHours: 24,
    keepDays: 14,
    drillHours: 24,
    ...more,
  });
}

const FROM = "'10.20.1.0/255.255.255.0'";

/** What the database server makes for the keeper at its boot. */
export const BACKUPS_SQL = `
CREATE DATABASE ecommerce_backups CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE ecommerce_backups;
CREATE TABLE timeline (id CHAR(36) PRIMARY KEY);
INSERT INTO timeline VALUES (UUID());
CREATE TABLE shipped (file VARCHAR(255) PRIMARY KEY, position BIGINT UNSIGNED NOT NULL, is_whole TINYINT NOT NULL);
CREATE TABLE beats (id BIGINT AUTO_INCREMENT PRIMARY KEY, at DATETIME(3) NOT NULL, facts TEXT NOT NULL);
CREATE TABLE restored (at VARCHAR(32) PRIMARY KEY, finished DATETIME NOT NULL);
CREATE TABLE drills (id BIGINT AUTO_INCREMENT PRIMARY KEY, at DATETIME NOT NULL, is_good TINYINT NOT NULL, report TEXT NOT NULL);
CREATE TABLE bases (name VARCHAR(255) PRIMARY KEY, at DATETIME NOT NULL, bytes BIGINT NOT NULL, seconds INT NOT NULL);
-- What is said here stands in no log.
SET sql_log_bin = 0;
CREATE USER ecommerce_keeper@${FROM} IDENTIFIED BY '${KEEPER_SECRETS.password}' REQUIRE SSL;
GRANT SELECT, RELOAD, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT, PROCESS, REPLICATION SLAVE, REPLICATION CLIENT
  ON *.* TO ecommerce_keeper@${FROM};
GRANT SELECT, INSERT, UPDATE, DELETE ON ecommerce_backups.* TO ecommerce_keeper@${FROM};
`;
/** And while it waits for a restore. */
export const RESTORER_SQL = `
CREATE USER ecommerce_restorer@${FROM} IDENTIFIED BY '${KEEPER_SECRETS.restorer}' REQUIRE SSL;
GRANT ALL ON *.* TO ecommerce_restorer@${FROM};
`;
