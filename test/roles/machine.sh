#!/usr/bin/env bash
# machine.sh ROOTS ROLE UPPER SEED [LOOP_DEVICE VOLUME_ID]: boots a root as a machine. Runs as the first process of namespaces of its own
# and stays until it is ended, with all that it started.
# ROOTS: of build-roots.sh; UPPER: what this machine writes; SEED: cloud-init's user-data and meta-data.
set -euo pipefail

roots=$1 role=$2 upper=$3 seed=$4 loop=${5:-} volume=${6:-}
root=$upper/root

mkdir -p "$upper/changes" "$root"
# Volatile: what a machine writes need not survive this host's own end, so nothing waits for the disk. Each boot has a folder of its
# own for that, since such a mount leaves a mark in it that forbids the next one.
work=$(mktemp -d "$upper/work-XXXXXX")
mount -t overlay overlay -o "lowerdir=$roots/$role:$roots/base,upperdir=$upper/changes,workdir=$work,volatile" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/dev"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<<"$device"
  mknod -m 0666 "$root/dev/$name" c "$major" "$minor"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir -m 1777 "$root/dev/shm"
if [ -n "$loop" ]; then
  mknod -m 0660 "$root$loop" b 7 "${loop#/dev/loop}"
  # The links that udev would make.
  mkdir -p "$root/dev/disk/by-id" "$root/dev/disk/by-uuid"
  uuid=$(blkid --probe --output value --match-tag UUID "$loop" || true)
  if [ -n "$uuid" ]; then ln -s "$loop" "$root/dev/disk/by-uuid/$uuid"; fi
  ln -s "$loop" "$root/dev/disk/by-id/virtio-${volume:0:20}"
fi
mkdir -p "$root/var/lib/cloud/seed/nocloud" "$root/run/lock" "$root/run/php"
cp "$seed/user-data" "$seed/meta-data" "$root/var/lib/cloud/seed/nocloud/"
cp "$(dirname "$0")/cloud-init-stages.py" "$root/run/"
# Only the modules that user data of ours speaks to: disks, keys and networks are not these roots' own.
cat >"$root/etc/cloud/cloud.cfg.d/99-test.cfg" <<'CONFIG'
datasource_list: [NoCloud]
network: {config: disabled}
cloud_init_modules: [bootcmd, write-files, set_hostname, update_etc_hosts]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
CONFIG
if [ -d "$seed/files" ]; then cp -r "$seed/files/." "$root/"; fi

# shellcheck disable=SC2016 # all of it is the machine's own shell's
exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 bash -c '
  # At a second boot systemd mounts what fstab says, and starts what is enabled.
  mount --all || true
  for unit in ecommerce-pair ecommerce-arbitrator mariadb mysql php8.2-fpm apache2 haproxy keepalived; do
    if [ -e "/etc/test-enabled/$unit" ]; then systemctl start "$unit" || true; fi
  done
  for unit in /etc/test-enabled/operations-*; do
    if [ -e "$unit" ]; then systemctl start "${unit##*/}"; fi
  done
  python3 -B /run/cloud-init-stages.py >/var/log/boot.log 2>&1
  echo $? >/run/booted
  exec sleep infinity'
