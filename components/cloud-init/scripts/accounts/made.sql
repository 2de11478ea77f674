-- What the accounts of this project are known by, kept with the data: `made` names those that it has made.

CREATE DATABASE IF NOT EXISTS ecommerce_accounts CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE ecommerce_accounts;
-- Data from before this table: accounts as they were always made, bound to a network and to TLS, with rights on their own
-- database, or to read.
CREATE TABLE IF NOT EXISTS made (
  user VARCHAR(32) NOT NULL,
  host VARCHAR(64) NOT NULL,
  PRIMARY KEY (user, host)
)
SELECT user, host
FROM (
  SELECT
    CONVERT(user USING utf8mb4) COLLATE utf8mb4_bin AS user,
    CONVERT(host USING utf8mb4) COLLATE utf8mb4_bin AS host,
    CONCAT('\'', CONVERT(user USING utf8mb4), '\'@\'', CONVERT(host USING utf8mb4), '\'') COLLATE utf8mb4_bin AS grantee
  FROM mysql.user
  WHERE ssl_type = 'ANY' AND host REGEXP '^[0-9.]+/[0-9.]+$' AND user REGEXP '^[a-z][a-z0-9_]{0,31}$'
) AS account
WHERE NOT EXISTS (
    SELECT 1 FROM information_schema.user_privileges AS has
    WHERE CONVERT(has.grantee USING utf8mb4) COLLATE utf8mb4_bin = account.grantee AND has.privilege_type <> 'USAGE'
  )
  AND EXISTS (
    SELECT 1 FROM information_schema.schema_privileges AS has
    WHERE CONVERT(has.grantee USING utf8mb4) COLLATE utf8mb4_bin = account.grantee
  )
  AND NOT EXISTS (
    SELECT 1 FROM information_schema.schema_privileges AS has
    WHERE CONVERT(has.grantee USING utf8mb4) COLLATE utf8mb4_bin = account.grantee
      AND has.privilege_type <> 'SELECT'
      AND CONVERT(REPLACE(has.table_schema, '\\_', '_') USING utf8mb4) COLLATE utf8mb4_bin <> account.user
  );
DROP TABLE IF EXISTS wanted;
CREATE TABLE wanted (
  user VARCHAR(32) NOT NULL,
  host VARCHAR(64) NOT NULL,
  -- As in a GRANT: `_` is `\_`.
  db VARCHAR(64) NOT NULL,
  privilege VARCHAR(64) NOT NULL,
  PRIMARY KEY (user, host, db, privilege)
);
