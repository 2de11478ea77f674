# shellcheck shell=bash
# The keeper: ships the database's binary log and its dumps to Swift, restores from there, and tries restores out.

KEEPER_FOLDER=/var/lib/ecommerce/keeper
# AppArmor lets MySQL write in its packaged folder only: there the servers of drills are.
KEEPER_DRILLS=/var/lib/mysql/ecommerce-drill

keeper_image() {
  step "installing the keeper's tools" install_packages default-mysql-server age zstd python3-pymysql
  step "leaving the packaged database server off" keeper_stop_database
  step "making the keeper's user" keeper_user
}

# Its programs are for drills, which start a server of their own.
keeper_stop_database() {
  local unit
  if [ -d /etc/mysql/mariadb.conf.d ]; then unit=mariadb; else unit=mysql; fi
  keep_stopped "$unit"
  for unit in mariadb.socket mariadb-extra.socket; do ln -sfn /dev/null "/etc/systemd/system/$unit"; done
}

keeper_user() {
  if id keeper >/dev/null 2>&1; then return 0; fi
  useradd --system --user-group --home-dir "$KEEPER_FOLDER" --no-create-home --shell /usr/sbin/nologin keeper
}

keeper_boot() {
  step "preparing the keeper's folders" keeper_folders
  step "starting the keeper" systemctl enable ecommerce-keeper.service
  systemctl restart ecommerce-keeper.service
  step "waiting until the database's log is in Swift" keeper_await
  systemctl enable --now ecommerce-keeper-base.timer
  if [ "${DRILLS:?is set by settings}" = yes ]; then systemctl enable --now ecommerce-keeper-drill.timer; fi
}

keeper_folders() {
  chgrp keeper /etc/ecommerce/keeper.json
  chmod 0640 /etc/ecommerce/keeper.json
  find /etc/ecommerce -name '*.key' -exec chown keeper:keeper {} + -exec chmod 0400 {} +
  install -d -m 0700 -o keeper -g keeper "$KEEPER_FOLDER"
  # Passable, not readable.
  chmod 0711 /var/lib/mysql
  install -d -m 0700 -o keeper -g keeper "$KEEPER_DRILLS"
  rm -f "$KEEPER_FOLDER/state"
}

# The database server may boot at the same time, and a restore takes as long as it takes.
keeper_await() {
  local deadline=$((SECONDS + 1800)) state=""
  while true; do
    state=$(cat "$KEEPER_FOLDER/state" 2>/dev/null || true)
    case $state in
      shipping) return 0 ;;
      restoring) deadline=$((SECONDS + 1800)) ;;
      refused*) fail "${state#refused: }" ;;
    esac
    if [ "$SECONDS" -ge "$deadline" ]; then fail "nothing is in Swift after 30 minutes: see journalctl -u ecommerce-keeper"; fi
    sleep 1
  done
}
