-- What server and keeper tell each other: `timeline` names the data, anew after each restore; `shipped` says what of the binary
-- log lies in Swift; `space` how full the volume is; `beats` tell the time in the log, and what was there then.

SET sql_log_bin = 0;
CREATE DATABASE IF NOT EXISTS ecommerce_backups CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE ecommerce_backups;
CREATE TABLE IF NOT EXISTS timeline (id CHAR(36) NOT NULL PRIMARY KEY);
INSERT INTO timeline SELECT UUID() FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM timeline);
CREATE TABLE IF NOT EXISTS shipped (
  file VARCHAR(255) NOT NULL PRIMARY KEY,
  position BIGINT UNSIGNED NOT NULL,
  is_whole TINYINT NOT NULL
);
CREATE TABLE IF NOT EXISTS beats (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at DATETIME(3) NOT NULL,
  facts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS bases (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  at DATETIME NOT NULL,
  bytes BIGINT NOT NULL,
  seconds INT NOT NULL
);
CREATE TABLE IF NOT EXISTS drills (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at DATETIME NOT NULL,
  is_good TINYINT NOT NULL,
  report TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS space (
  id TINYINT NOT NULL PRIMARY KEY,
  gib INT NOT NULL,
  used TINYINT NOT NULL,
  at DATETIME NOT NULL
);
CREATE TABLE IF NOT EXISTS restored (at VARCHAR(32) NOT NULL PRIMARY KEY, finished DATETIME NOT NULL);
