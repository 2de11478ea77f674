-- Run by a server that starts on the data of a snapshot, before it lets anybody in. That data goes on otherwise than the data that
-- the snapshot is of, under the same names of binary logs: what the keeper knows of it goes, and it gets a timeline of its own.
SET sql_log_bin = 0;
DROP DATABASE IF EXISTS ecommerce_backups;
PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY;
