#!/usr/bin/env bash
# lab.sh COMMAND: the embedded OpenStack. Installs what the lab needs, once, then hands over to Python.
set -Eeuo pipefail
# Whatever ends it says so.
trap 'printf "lab: lab.sh ended at line %s: %s\n" "$LINENO" "$BASH_COMMAND" >&2' ERR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/openstack-ecommerce
packages=$cache/lab-packages
images=$cache/lab-images
# Unless told otherwise, the profile of the last `npm run up`.
profile=${LAB_PROFILE:-$(cat "$cache/lab-profile" 2>/dev/null || echo api)}
apt_packages=(mariadb-server rabbitmq-server memcached prometheus python3 python3-venv python3-dev gcc libc6-dev iproute2 openssl)
# For servers that boot: a switch, containers, and what makes their image.
full_packages=(openvswitch-switch ovn-central ovn-host libvirt-daemon libvirt-daemon-driver-lxc libvirt-clients python3-libvirt haproxy dnsmasq-base ethtool debootstrap dpkg-dev e2fsprogs qemu-utils)
started=$SECONDS

say() { printf 'lab: %s (%d s so far)\n' "$1" "$((SECONDS - started))" >&2; }
fail() {
  printf 'lab: %s\n' "$1" >&2
  exit 1
}

check_machine() {
  [ "$(uname -s)" = Linux ] || fail "the lab needs Linux; run it on a Debian or Ubuntu machine or virtual machine"
  [ "$(id -u)" = 0 ] || fail "the lab starts system services and needs root: run the same command with sudo"
  command -v apt-get >/dev/null || fail "the lab needs Debian 12 or Ubuntu 24.04, since it installs with apt-get"
}

free_disk() {
  mkdir -p "$cache"
  echo $(($(df --output=avail -k "$cache" | tail -n 1) / 1024))
}

memory() { awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo; }

# Prints what the machine has too little of for a profile, if anything.
lacking_room() {
  local disk=3000 memory=6000
  if [ "$1" = full ]; then disk=10000 memory=12000; fi
  [ "$(free_disk)" -ge "$disk" ] || { echo "$(free_disk) MB of disk are free at $cache, $disk are needed: free some, or set XDG_CACHE_HOME to a larger disk"; return; }
  [ "$(memory)" -ge "$memory" ] || echo "the machine has $(memory) MB of memory, $memory are needed"
}

# What keeps servers from booting here, if anything; profile `full` needs namespaces, loop devices and room.
obstacle() {
  local lack
  lack=$(lacking_room full)
  if [ -n "$lack" ]; then
    echo "$lack"
  elif ! unshare --mount --net true 2>/dev/null; then
    echo "namespaces cannot be made here"
  elif ! losetup --find >/dev/null 2>&1; then
    echo "there are no loop devices"
  elif [ ! -d /sys/fs/cgroup/devices ]; then
    echo "libvirt's containers have been seen working with control groups of version 1 only"
  elif ! grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
    echo "the data plane has been seen working on Debian 12 only"
  fi
}

install_apt() {
  local missing=() package policy=/usr/sbin/policy-rc.d made='' log
  [ "$profile" != full ] || apt_packages+=("${full_packages[@]}")
  for package in "${apt_packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing with apt-get: ${missing[*]}"
  # The lab starts its own servers; the distribution's must not start by themselves.
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=1
  fi
  log=$(mktemp)
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    [ -z "$made" ] || rm -f "$policy"
    tail -n 15 "$log" >&2
    fail "apt-get failed (whole output: $log); mend what it says, then run the same command again"
  fi
  [ -z "$made" ] || rm -f "$policy"
  rm -f "$log"
}

# The packages are kept by the lock's hash, outside the lab's state: another lock gets another folder.
install_venv() {
  local key venv unfinished
  key=$(cat "$here/requirements.lock" "$here/uv.lock" | sha256sum | cut -c1-16)
  venv=$packages/$key
  export LAB_VENV=$venv
  [ ! -e "$venv/.complete" ] || return 0
  say "installing OpenStack from PyPI, about a minute"
  unfinished=$packages/uv
  [ -x "$unfinished/bin/uv" ] || {
    /usr/bin/python3 -m venv "$unfinished"
    "$unfinished/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$here/uv.lock"
  }
  # Not atomic, since a venv knows its own path; the last file says that it is whole, and an interrupted one resumes.
  [ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv --without-pip "$venv"
  "$packages/uv/bin/uv" pip install -q --compile-bytecode --require-hashes --python "$venv/bin/python" -r "$here/requirements.lock" ||
    fail "the packages could not be installed; check that PyPI can be reached, then run the same command again"
  touch "$venv/.complete"
}

# libvirt does not start without the user and the group of a driver that the lab does not use.
make_libvirt_user() {
  local group
  for group in kvm libvirt-qemu; do getent group "$group" >/dev/null || groupadd --system "$group"; done
  getent passwd libvirt-qemu >/dev/null ||
    useradd --system --gid kvm --home-dir /var/lib/libvirt --shell /usr/sbin/nologin libvirt-qemu
}

# Images are kept like packages: another recipe makes another folder.
install_image() {
  local key
  key=$(cd "$here/image" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
  export LAB_IMAGES=$images/$key
  [ ! -e "$LAB_IMAGES/debian-12.raw" ] || return 0
  say "making the image that servers boot from, about 2 minutes"
  mkdir -p "$images"
  # Gigabytes each: the last one stays, for a lab that still runs on it.
  find "$images" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | sed '1d;s/^[^ ]* //' | xargs -r rm -rf
  "$here/image/build.sh" "$LAB_IMAGES" || fail "the image could not be made; mend what stands above, then run the same command again"
}

# Another recipe makes another folder; those of before stay, for a lab that still runs on them.
install_switch() {
  local key log
  key=$(sha256sum "$here/switch.sh" | cut -c1-16)
  export LAB_SWITCH=$cache/lab-switch/$key
  [ ! -e "$LAB_SWITCH/.complete" ] || return 0
  say "fetching Open vSwitch of Debian 13, some seconds"
  rm -rf "$LAB_SWITCH"
  log=$(mktemp)
  if ! "$here/switch.sh" "$LAB_SWITCH" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail "Open vSwitch could not be fetched (whole output: $log); mend what it says, then run the same command again"
  fi
  rm -f "$log"
}

case "$profile" in api | full) ;; *) fail "LAB_PROFILE is \"$profile\"; it must be \"api\" or \"full\"" ;; esac
check_machine
case "${1:-}" in
  up)
    lack=$(lacking_room "$profile")
    [ -z "$lack" ] || fail "$lack"
    ;;
  obstacle)
    obstacle
    exit 0
    ;;
esac
# One call at a time.
mkdir -p "$cache"
exec 8>"$cache/install.lock"
flock 8
install_apt
install_venv
if [ "$profile" = full ]; then
  make_libvirt_user
  install_image
  install_switch
fi
exec 8>&-
export LAB_PROFILE=$profile
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$LAB_VENV/bin/python" -W ignore -m openstack_lab "$@"
