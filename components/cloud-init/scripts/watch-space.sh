#!/usr/bin/env bash
# Says when the volume is 80 % full. From 95 % on nobody may write, until a tenth is free again: a database that meets a
# full disk hangs, with everybody who asks it.
set -euo pipefail

said=/run/ecommerce-space
used=$(df --output=pcent /srv/database | tail -n 1 | tr -dc 0-9)
closed=$(mysql --skip-column-names --execute 'SELECT @@GLOBAL.read_only')

# A keeper may make the volume larger. It is told of here, since it cannot look; in GiB, as Cinder counts.
if [ -d /srv/database/mysql/ecommerce_backups ]; then
  device=$(findmnt --noheadings --output SOURCE --mountpoint /srv/database)
  gib=$((($(blockdev --getsize64 "$device") + (1 << 30) - 1) >> 30))
  # A store that has no keeper any more may have no such table; what follows matters more.
  mysql --execute "SET sql_log_bin = 0; REPLACE INTO ecommerce_backups.space VALUES (1, $gib, $used, UTC_TIMESTAMP())" || true
fi

# On the console too, once for each thing that there is to say.
say() {
  if [ "$(cat "$said" 2>/dev/null)" = "$1" ]; then return 0; fi
  printf '%s' "$1" >"$said"
  printf 'ecommerce: the database volume is %s %% full: %s\n' "$used" "$2" | tee -a /var/log/ecommerce.log
  if [ -w /dev/console ]; then tail -n 1 /var/log/ecommerce.log >/dev/console 2>/dev/null || true; fi
}

if [ "$used" -ge 95 ]; then
  mysql --execute 'SET GLOBAL read_only = ON'
  say closed "nobody may write any more; make database.volume.size larger"
elif [ "$used" -lt 90 ] && [ "$closed" = 1 ]; then
  mysql --execute 'SET GLOBAL read_only = OFF'
  say open "everybody may write again"
elif [ "$used" -ge 80 ]; then
  say warned "make database.volume.size larger"
fi
