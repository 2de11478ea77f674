-- Who may use the databases: exactly the accounts and privileges in `wanted`, which what comes before fills in. Accounts
-- that this project has made and that are wanted no longer, or that may do more than what is wanted, are dropped; those
-- that are wanted are made again right after. Databases stay as they are, and so do all accounts of others.
-- For MariaDB 10.11 and MySQL 8.

DROP PROCEDURE IF EXISTS settle;
DELIMITER //
CREATE PROCEDURE settle()
BEGIN
  DECLARE is_over BOOLEAN DEFAULT FALSE;
  DECLARE its_user VARCHAR(32);
  DECLARE its_host VARCHAR(64);
  DECLARE its_thread BIGINT;
  DECLARE accounts CURSOR FOR SELECT user, host FROM doomed;
  DECLARE threads CURSOR FOR
    SELECT id FROM information_schema.processlist
    WHERE CONVERT(user USING utf8mb4) COLLATE utf8mb4_bin IN (SELECT user FROM doomed);
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET is_over = TRUE;
  -- A connection that has just ended by itself.
  DECLARE CONTINUE HANDLER FOR 1094 SET its_thread = NULL;

  CREATE TEMPORARY TABLE excess (grantee VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL);
  INSERT INTO excess
    SELECT grantee FROM information_schema.user_privileges WHERE privilege_type <> 'USAGE' OR is_grantable = 'YES'
    UNION ALL SELECT grantee FROM information_schema.table_privileges
    UNION ALL SELECT grantee FROM information_schema.column_privileges;
  INSERT INTO excess
    SELECT has.grantee
    FROM information_schema.schema_privileges AS has
    LEFT JOIN wanted ON CONCAT('\'', wanted.user, '\'@\'', wanted.host, '\'') = CONVERT(has.grantee USING utf8mb4) COLLATE utf8mb4_bin
      AND wanted.db = CONVERT(has.table_schema USING utf8mb4) COLLATE utf8mb4_bin
      AND wanted.privilege = CONVERT(has.privilege_type USING utf8mb4) COLLATE utf8mb4_bin
    WHERE wanted.user IS NULL OR has.is_grantable = 'YES';
  INSERT INTO excess
    SELECT CONCAT('\'', user, '\'@\'', host, '\'') FROM mysql.procs_priv
    UNION ALL SELECT CONCAT('\'', user, '\'@\'', host, '\'') FROM mysql.proxies_priv;
  -- MySQL and MariaDB keep their roles in different tables.
  IF EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'mysql' AND table_name = 'role_edges') THEN
    SET @statement = 'INSERT INTO excess SELECT CONCAT(\'\\\'\', to_user, \'\\\'@\\\'\', to_host, \'\\\'\') FROM mysql.role_edges';
  ELSE
    SET @statement = 'INSERT INTO excess SELECT CONCAT(\'\\\'\', user, \'\\\'@\\\'\', host, \'\\\'\') FROM mysql.roles_mapping';
  END IF;
  PREPARE statement FROM @statement;
  EXECUTE statement;

  CREATE TEMPORARY TABLE doomed
    SELECT made.user, made.host
    FROM made
    LEFT JOIN wanted ON wanted.user = made.user AND wanted.host = made.host
    WHERE wanted.user IS NULL OR CONCAT('\'', made.user, '\'@\'', made.host, '\'') IN (SELECT grantee FROM excess)
    GROUP BY made.user, made.host;

  OPEN accounts;
  each_account: LOOP
    FETCH accounts INTO its_user, its_host;
    IF is_over THEN LEAVE each_account; END IF;
    SET @statement = CONCAT('DROP USER IF EXISTS ', QUOTE(its_user), '@', QUOTE(its_host));
    PREPARE statement FROM @statement;
    EXECUTE statement;
  END LOOP;
  CLOSE accounts;
  -- A client that connected while the server started would stay connected.
  SET is_over = FALSE;
  OPEN threads;
  each_thread: LOOP
    FETCH threads INTO its_thread;
    IF is_over THEN LEAVE each_thread; END IF;
    KILL its_thread;
  END LOOP;
  CLOSE threads;
  DEALLOCATE PREPARE statement;
  DELETE FROM made WHERE (user, host) NOT IN (SELECT user, host FROM wanted);
  DROP TEMPORARY TABLE excess, doomed;
END//
DELIMITER ;
CALL settle();
DROP PROCEDURE settle;
