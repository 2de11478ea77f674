#!/usr/bin/env bash
# bake.sh IMAGES SCRIPT RESULT: makes the golden image RESULT (raw) out of IMAGES/debian-12.raw by running SCRIPT in it, as
# `npm run image` prints it. Packages come from IMAGES/packages.
set -euo pipefail

images=$1 script=$2 result=$3
work=$result.work
log=$result.log

explain() { if [ "$?" != 0 ]; then tail -n 20 "$log" >&2; fi; }
trap explain EXIT

rm -rf "$work"
mkdir -p "$work"
cp --sparse=always "$images/debian-12.raw" "$work/disk"
truncate -s 4G "$work/disk"
{
  e2fsck -f -p "$work/disk"
  resize2fs "$work/disk"
} >"$log" 2>&1
# In a mount namespace of its own: nothing is left mounted, however this ends.
# shellcheck disable=SC2016 # $1 to $3 are the inner shell's
unshare --mount bash -euo pipefail -c '
  root=$1/root
  mkdir "$root"
  mount -o loop "$1/disk" "$root"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  mkdir "$root/srv/packages"
  mount --bind "$2" "$root/srv/packages"
  mv "$root/etc/apt/sources.list.d/lab.list" "$root/etc/lab.list"
  echo "deb [trusted=yes] file:/srv/packages ./" >"$root/etc/apt/sources.list"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  printf "#!/bin/sh\nexit 101\n" >"$root/usr/sbin/policy-rc.d"
  chmod 0755 "$root/usr/sbin/policy-rc.d"
  cp "$3" "$root/bake"
  chroot "$root" env DEBIAN_FRONTEND=noninteractive bash /bake
  chroot "$root" apt-get -q clean
  rm -rf "$root/bake" "$root/usr/sbin/policy-rc.d" "$root/etc/apt/sources.list" "$root"/var/lib/apt/lists/*
  mv "$root/etc/lab.list" "$root/etc/apt/sources.list.d/lab.list"
  : >"$root/etc/resolv.conf"
  umount "$root/srv/packages" "$root/dev" "$root/proc"
  rmdir "$root/srv/packages"
  umount "$root"' _ "$work" "$images/packages" "$script" >>"$log" 2>&1
{
  e2fsck -f -p "$work/disk" || [ "$?" = 1 ]
  resize2fs -M "$work/disk"
  # To the file system's own end.
  blocks=$(dumpe2fs -h "$work/disk" 2>/dev/null | awk -F: '/^Block count/ {b = $2} /^Block size/ {s = $2} END {print b * s}')
  truncate -s "$blocks" "$work/disk"
} >>"$log" 2>&1
mv "$work/disk" "$result"
rm -rf "$work" "$log"
