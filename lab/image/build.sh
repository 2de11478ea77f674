#!/usr/bin/env bash
# build.sh FOLDER: makes what servers of profile `full` boot from: FOLDER/debian-12.raw, a Debian 12 with cloud-init as a file
# system without partitions, and FOLDER/packages, a mirror of what servers may install (packages.txt) with all it needs.
set -euo pipefail

folder=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$folder/root
log=$folder/build.log

say() { printf 'image: %s (%d s so far)\n' "$1" "$SECONDS" >&2; }
explain() { if [ "$?" != 0 ]; then tail -n 20 "$log" >&2; fi; }
trap explain EXIT

# In a mount namespace of its own: nothing is left mounted, however this ends.
inside() {
  # shellcheck disable=SC2016 # the inner shell's
  unshare --mount bash -euc 'mount -t proc proc "$1/proc"; root=$1; shift; exec chroot "$root" "$@"' _ "$root" \
    env DEBIAN_FRONTEND=noninteractive "$@" >>"$log" 2>&1
}

mkdir -p "$folder"
: >"$log"
rm -rf "$root"
say "a minimal Debian, about 1 minute"
"$here/minimal.sh" "$root" >>"$log" 2>&1

say "cloud-init and what it needs"
inside apt-get -q update
inside apt-get -q install -y --no-install-recommends systemd systemd-sysv dbus libpam-systemd ca-certificates cloud-init \
  cloud-guest-utils e2fsprogs ethtool ifupdown isc-dhcp-client iproute2 iputils-ping netbase netcat-openbsd curl openssh-server procps sudo
inside apt-get -q clean

say "the mirror"
mapfile -t packages < <(grep -v '^#' "$here/packages.txt")
inside apt-get -q install -y --no-install-recommends --download-only "${packages[@]}"
rm -rf "$folder/packages"
mkdir "$folder/packages"
mv "$root"/var/cache/apt/archives/*.deb "$folder/packages"
(cd "$folder/packages" && dpkg-scanpackages --multiversion . 2>/dev/null | gzip >Packages.gz)

say "the image"
rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/lib/apt/lists/* "$root"/etc/ssh/ssh_host_* "$root/etc/apt/sources.list"
: >"$root/etc/machine-id"
# Resolvers come with DHCP; the build machine's would cost every boot half a minute.
: >"$root/etc/resolv.conf"
cp -r "$here/files/." "$root/"
chmod 0755 "$root"/usr/local/sbin/lab-*
inside systemctl enable lab-disks.service lab-mounts.service lab-offload.service
inside systemctl set-default multi-user.target
inside systemctl disable apt-daily.timer apt-daily-upgrade.timer
inside systemctl mask dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount
# The host mounts the root.
: >"$root/etc/fstab"
size=$(du -sm "$root" | cut -f1)
rm -f "$folder/unfinished.raw"
truncate -s "$((size * 5 / 4 + 64))M" "$folder/unfinished.raw"
mkfs.ext4 -q -L root -d "$root" "$folder/unfinished.raw"
rm -rf "$root"
mv "$folder/unfinished.raw" "$folder/debian-12.raw"
say "done: $(du -sh "$folder/debian-12.raw" | cut -f1) image, $(du -sh "$folder/packages" | cut -f1) packages"
