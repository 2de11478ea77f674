# shellcheck shell=bash
# The database: MySQL (Ubuntu) or MariaDB (Debian) on a volume that outlives the server.

MOUNT=/srv/database
DATA=/var/lib/mysql
LABEL=ecommerce-db
# On the volume while the keeper restores onto it.
WANTS_RESTORE=$MOUNT/wants-restore
# On the volume: the snapshot that it was made from, once its own timeline has begun.
FROM_SNAPSHOT=$MOUNT/from-snapshot
# AppArmor lets the server read it there.
NEW_TIMELINE=$DATA/new-timeline.sql
DISKS=${DISKS:-/dev/disk/by-id}
BLOCKS=${BLOCKS:-/sys/block}

database_image() {
  step "installing the database server" install_packages default-mysql-server python3-cryptography
  step "stopping the database server" database_stop
  step "closing the sockets that systemd would open for it" database_close_sockets
}

# MariaDB's own, where it has them: they listen on every address, and start the server before its volume is there.
database_close_sockets() {
  local unit
  for unit in mariadb.socket mariadb-extra.socket; do ln -sfn /dev/null "/etc/systemd/system/$unit"; done
}

database_service() {
  if [ -d /etc/mysql/mariadb.conf.d ]; then echo mariadb; else echo mysql; fi
}

database_stop() {
  keep_stopped "$(database_service)"
}

database_boot() {
  database_volume
  step "configuring the database server" database_configure
  if database_is_new_from_snapshot; then step "preparing a timeline of the data's own" database_prepare_timeline; fi
  step "starting the database server" systemctl enable "$(database_service)"
  systemctl restart "$(database_service)"
  step "waiting for the database server" patiently 300 database_answers
  if database_is_new_from_snapshot; then step "beginning a timeline of the data's own" database_begin_timeline; fi
  if [ -e "$WANTS_RESTORE" ]; then
    step "letting the keeper restore the databases as they were at $RESTORE" database_await_restore
  fi
  step "granting access" database_grant
  # Not before: until a restore has ended, nobody else may sign in.
  step "watching for other accounts" systemctl enable --now ecommerce-accounts.timer
}

# Before the server is configured: the volume, mounted and as large as it can be.
database_volume() {
  step "choosing where names are looked up" database_names
  step "waiting for the volume $VOLUME_ID" patiently 1800 database_device
  local device
  device=$(database_device)
  step "examining the volume" database_examine "$device"
  step "mounting the volume" database_mount "$device"
  step "growing the file system with the volume" /usr/local/lib/ecommerce/grow-volume.sh
  systemctl enable --now ecommerce-{grow-volume,limit-binlogs,watch-space}.timer
}

# Without a way out nobody answers for names, and cloud-init alone would wait for 40 s at every boot but the first.
database_names() {
  if [ "${NAMES:?is set by settings}" = files ]; then sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf; fi
}

# Prints the device that is this very volume: its serial number is the volume's id, or the 20 characters that a bus has room for.
database_device() {
  local link file
  for link in "$DISKS"/*; do
    # Names of partitions end otherwise; NVMe may have the namespace behind.
    if [[ $link =~ [-_]("$VOLUME_ID"|"${VOLUME_ID:0:20}")(_1)?$ && -b $link ]]; then
      readlink -f "$link"
      return 0
    fi
  done
  # Of a disk with a WWN udev makes no name with the serial number.
  for file in "$BLOCKS"/*/{serial,device/serial,device/vpd_pg80}; do
    link=${file#"$BLOCKS/"}
    link=/dev/${link%%/*}
    if [[ -r $file && $(LC_ALL=C tr -dc 'a-f0-9-' <"$file") =~ ^("$VOLUME_ID"|"${VOLUME_ID:0:20}")$ && -b $link ]]; then
      echo "$link"
      return 0
    fi
  done
  return 1
}

# Formats a blank volume, accepts one of ours, and stops at anything else: data is never guessed away.
database_examine() {
  local device=$1 found code=0
  local bytes
  bytes=$(blockdev --getsize64 "$device")
  if ! dd if="$device" of=/dev/null bs=1M count=8 iflag=fullblock status=none ||
    ! dd if="$device" of=/dev/null bs=1M skip=$((bytes / 1048576 - 8)) status=none; then
    fail "the volume cannot be read; nothing was changed"
  fi
  found=$(blkid --probe --output export "$device") || code=$?
  case $code in
    0)
      if ! grep -qx 'TYPE=ext4' <<<"$found" || ! grep -qx "LABEL=$LABEL" <<<"$found"; then
        fail "the volume holds something that is not ours ($(tr '\n' ' ' <<<"$found")); nothing was changed"
      fi
      ;;
    2)
      if database_has_remains "$device"; then
        fail "the volume's file system is damaged; nothing was changed. Look at it with: e2fsck -n -b 32768 $device"
      fi
      # The label alone could come from anywhere: who the volume belongs to stands in it, once it is mounted.
      mkfs.ext4 -q -L "$LABEL" -m 1 "$device"
      ;;
    *) fail "the volume is ambiguous (blkid ended with $code); nothing was changed" ;;
  esac
}

# A file system whose first superblock is gone still has copies, each with the magic number 0xEF53 at byte 56.
database_has_remains() {
  local offset
  for offset in $((32768 * 4096)) $((98304 * 4096)) $((8193 * 1024)); do
    if [ "$(dd if="$1" bs=1 skip=$((offset + 56)) count=2 status=none | od -An -tx1 | tr -d ' \n')" = 53ef ]; then
      return 0
    fi
  done
  return 1
}

database_mount() {
  local device=$1 uuid
  mkdir -p "$MOUNT"
  uuid=$(blkid --probe --output value --match-tag UUID "$device")
  if ! grep -q "UUID=$uuid" /etc/fstab; then
    printf 'UUID=%s %s ext4 defaults,noatime,nofail,x-systemd.device-timeout=600 0 2\n' "$uuid" "$MOUNT" >>/etc/fstab
    # AppArmor lets the server read its packaged folder only.
    printf '%s %s none bind,nofail,x-systemd.requires-mounts-for=%s 0 0\n' "$MOUNT/mysql" "$DATA" "$MOUNT" >>/etc/fstab
  fi
  mountpoint -q "$MOUNT" || mount "$device" "$MOUNT"
  database_check_owner
  if mountpoint -q "$DATA"; then return 0; fi
  systemctl stop "$(database_service)"
  if [ ! -d "$MOUNT/mysql" ]; then
    # Under another name first: a copy that was interrupted is not taken for a database.
    rm -rf "$MOUNT/mysql.new"
    if [ -n "${RESTORE:-}" ]; then printf '%s' "$RESTORE" >"$WANTS_RESTORE"; fi
    cp -a "$DATA" "$MOUNT/mysql.new"
    mv "$MOUNT/mysql.new" "$MOUNT/mysql"
    printf '%s' "$OWNER" >"$MOUNT/owner"
    sync --file-system "$MOUNT"
  fi
  # Another image may have given the server's user another number.
  chown -R mysql:mysql "$MOUNT/mysql"
  mount --bind "$MOUNT/mysql" "$DATA"
}

# A stack that was renamed says what it was named before.
database_check_owner() {
  local marked
  if [ ! -e "$MOUNT/owner" ]; then return 0; fi
  marked=$(cat "$MOUNT/owner")
  if [ "$marked" = "$OWNER" ]; then return 0; fi
  if [ "$marked" != "${FORMERLY:-}" ]; then
    fail "the volume belongs to $marked, not to $OWNER; nothing was changed. If the stack was renamed: database.volume.formerly: $marked"
  fi
  printf '%s' "$OWNER" >"$MOUNT/owner"
  say "the volume belonged to $marked, and belongs to $OWNER from now on"
}

database_configure() {
  if [ -d /etc/mysql/mariadb.conf.d ]; then
    ln -sfn /etc/ecommerce/mysqld.cnf /etc/mysql/mariadb.conf.d/zz-ecommerce.cnf
    chown mysql:mysql /etc/ecommerce/tls/server.key
    chmod 0400 /etc/ecommerce/tls/server.key
  else
    database_configure_mysql
  fi
  # Without its volume the server must not start on the empty folder below.
  install -d "/etc/systemd/system/$(database_service).service.d"
  printf '[Unit]\nRequiresMountsFor=%s\n' "$DATA" >"/etc/systemd/system/$(database_service).service.d/ecommerce.conf"
  systemctl daemon-reload
}

# Of /etc, Ubuntu's AppArmor lets MySQL read its own folder only, and a link out of it leads nowhere.
database_configure_mysql() {
  local own=/etc/mysql/ecommerce
  install -d "$own"
  install -m 0644 /etc/ecommerce/tls/ca.crt /etc/ecommerce/tls/server.crt "$own"
  install -m 0400 -o mysql -g mysql /etc/ecommerce/tls/server.key "$own"
  sed "s|= /etc/ecommerce/tls/|= $own/|" /etc/ecommerce/mysqld.cnf >/etc/mysql/mysql.conf.d/zz-ecommerce.cnf
}

# As clients will meet it: a server that may not read its settings runs too, on another address and with another certificate.
database_answers() {
  local address port until
  address=$(sed -n 's/^bind-address *= *//p' /etc/ecommerce/mysqld.cnf)
  port=$(sed -n 's/^port *= *//p' /etc/ecommerce/mysqld.cnf)
  until=$(openssl x509 -noout -enddate -in /etc/ecommerce/tls/server.crt | cut -d= -f2)
  # shellcheck disable=SC2016 # all of it is the other shell's
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$address" "$port" 2>/dev/null &&
    [ "$(mysql --skip-column-names --execute "SHOW STATUS LIKE 'Ssl_server_not_after'" 2>/dev/null | cut -f2)" = "$until" ]
}

database_is_new_from_snapshot() {
  [ -n "${SNAPSHOT:-}" ] && [ "$(cat "$FROM_SNAPSHOT" 2>/dev/null)" != "$SNAPSHOT" ]
}

# A keeper that runs signs in as soon as it can, and its account is in the data: the server's own start comes before.
database_prepare_timeline() {
  local folder
  if [ -e "$WANTS_RESTORE" ]; then fail "the snapshot was taken while its volume was being restored; take another one"; fi
  install -o mysql -g mysql -m 0600 /usr/local/lib/ecommerce/new-timeline.sql "$NEW_TIMELINE"
  for folder in /etc/mysql/mariadb.conf.d /etc/mysql/mysql.conf.d; do
    if [ -d "$folder" ]; then printf '[mysqld]\ninit-file = %s\n' "$NEW_TIMELINE" >"$folder/zz-ecommerce-timeline.cnf"; fi
  done
}

database_begin_timeline() {
  if [ -n "$(mysql --skip-column-names --execute "SHOW DATABASES LIKE 'ecommerce\_backups'")" ]; then
    fail "the database server did not run $NEW_TIMELINE as it started"
  fi
  rm -f /etc/mysql/*.conf.d/zz-ecommerce-timeline.cnf "$NEW_TIMELINE"
  printf '%s' "$SNAPSHOT" >"$FROM_SNAPSHOT"
}

# Nobody but the keeper and the one who restores can sign in before the data is there.
database_await_restore() {
  RESTORE=$(cat "$WANTS_RESTORE")
  mysql </etc/ecommerce/keeper.sql
  mysql </etc/ecommerce/restorer.sql
  patiently 86400 database_is_restored || fail "the keeper has not restored the databases within a day"
  mysql --execute "SET sql_log_bin = 0; DROP USER $(mysql --skip-column-names --execute \
    "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user WHERE user = 'ecommerce_restorer'")"
  rm "$WANTS_RESTORE"
}

database_is_restored() {
  [ "$(mysql --skip-column-names --execute "SELECT COUNT(*) FROM ecommerce_backups.restored WHERE at = '$RESTORE'" 2>/dev/null)" = 1 ]
}

database_grant() {
  patiently 300 python3 -B /usr/local/lib/ecommerce/accounts/apply.py boot || fail "the accounts cannot be applied: see $LOG"
  if [ -e /etc/ecommerce/keeper.sql ]; then mysql </etc/ecommerce/keeper.sql; fi
  # Ubuntu's own maintenance user has this server's password, the data may have an earlier server's.
  if grep -qs '^user *= *debian-sys-maint' /etc/mysql/debian.cnf; then
    sed -n "s/^password *= *\(.*\)/ALTER USER IF EXISTS 'debian-sys-maint'@'localhost' IDENTIFIED BY '\1';/p;T;q" \
      /etc/mysql/debian.cnf | mysql
  fi
  find /etc/ecommerce -maxdepth 1 -name '*.sql' -exec shred --force --remove --zero {} +
}
