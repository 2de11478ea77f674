#!/usr/bin/env bash
# Keeps the binary logs within their share of the volume. Logs that a keeper ships go only once they lie in Swift.
set -euo pipefail

: "${SHARE:?is the percentage of the volume}" "${PURGE:?is any or shipped}"
limit=$(($(findmnt --noheadings --bytes --output SIZE --mountpoint /srv/database) * SHARE / 100))
mapfile -t logs < <(mysql --skip-column-names --execute 'SHOW BINARY LOGS' | cut -f 1,2)
total=0
for log in "${logs[@]}"; do total=$((total + ${log##*$'\t'})); done

until_log=
# The last one is being written.
for ((i = 0; i < ${#logs[@]} - 1 && total > limit; i++)); do
  name=${logs[i]%%$'\t'*}
  if [ "$PURGE" = shipped ]; then
    lies=$(mysql --skip-column-names --execute "SELECT COUNT(*) FROM ecommerce_backups.shipped WHERE file = '$name' AND is_whole")
    if [ "$lies" = 0 ]; then
      echo "binary logs take $total bytes of $limit, but $name does not lie in Swift yet: the keeper is behind"
      break
    fi
  fi
  total=$((total - ${logs[i]##*$'\t'}))
  until_log=${logs[i + 1]%%$'\t'*}
done
if [ -n "$until_log" ]; then mysql --execute "PURGE BINARY LOGS TO '$until_log'"; fi
