#!/usr/bin/env bash
# became.sh writer|standby: keepalived says that the pair's address came here, or went. Each server counts its binary log for itself,
# so backups go on with a timeline of their own when the writer is another one.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/ecommerce/pair.sh
: "${NUMBER:?is set by pair.sh}" "${NAME:?is set by pair.sh}"
sql() { mysql --batch --skip-column-names --execute "$1"; }

# A standby's logs are nobody's: they go by their size alone.
purge=any
if [ "$1" = writer ]; then purge=shipped; fi
sed "s/^PURGE=.*/PURGE=$purge/" /etc/ecommerce/binlogs >/etc/ecommerce/binlogs.new
mv /etc/ecommerce/binlogs.new /etc/ecommerce/binlogs
if [ "$1" != writer ]; then exit 0; fi

backs_up() {
  [ "$(sql "SELECT COUNT(*) FROM information_schema.tables
    WHERE table_schema = 'ecommerce_backups' AND table_name IN ('shipped', 'timeline')")" = 2 ]
}

# What it wrote as a standby is in no timeline; the last file is being written.
forget_logs() {
  local newest
  sql "FLUSH NO_WRITE_TO_BINLOG BINARY LOGS" && newest=$(sql "SHOW BINARY LOGS" | cut -f 1 | tail -n 1) &&
    sql "PURGE BINARY LOGS TO '$newest'"
}

take_over() {
  local last
  sql "CREATE DATABASE IF NOT EXISTS ecommerce_accounts CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    CREATE TABLE IF NOT EXISTS ecommerce_accounts.writer (id TINYINT NOT NULL PRIMARY KEY, number TINYINT NOT NULL)" &&
    last=$(sql "SELECT number FROM ecommerce_accounts.writer") || return 1
  if [ "$last" = "$NUMBER" ]; then return 0; fi
  forget_logs || return 1
  if backs_up; then
    sql "SET sql_log_bin = 0; DELETE FROM ecommerce_backups.shipped; UPDATE ecommerce_backups.timeline SET id = UUID()" || return 1
  fi
  sql "SET sql_log_bin = 0; REPLACE INTO ecommerce_accounts.writer VALUES (1, $NUMBER)" || return 1
  echo "ecommerce: $NAME is the one that is written to" | tee -a /var/log/ecommerce.log
}

# keepalived says it once, and the other server may be joining or leaving just then.
while /usr/local/lib/ecommerce/pair/holds.sh; do
  if take_over; then exit 0; fi
  sleep 1
done
