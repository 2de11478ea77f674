#!/usr/bin/env bash
# lab.sh COMMAND: the embedded OpenStack. Installs what the lab needs, once, then hands over to Python.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/openstack-ecommerce
packages=$cache/lab-packages
apt_packages=(mariadb-server rabbitmq-server memcached python3 python3-venv python3-dev gcc libc6-dev iproute2 openssl)
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

check_room() {
  local free_kb memory_kb
  mkdir -p "$cache"
  free_kb=$(df --output=avail -k "$cache" | tail -n 1)
  memory_kb=$(awk '/^MemTotal/ {print $2}' /proc/meminfo)
  [ "$free_kb" -ge 3000000 ] || fail "only $((free_kb / 1024)) MB of disk are free at $cache; the lab needs 3000 MB: free some, or set XDG_CACHE_HOME to a larger disk"
  [ "$memory_kb" -ge 6000000 ] || fail "the machine has $((memory_kb / 1024)) MB of memory; the lab needs 6000 MB"
}

install_apt() {
  local missing=() package policy=/usr/sbin/policy-rc.d made='' log
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

check_machine
case "${1:-}" in up) check_room ;; esac
install_apt
install_venv
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$LAB_VENV/bin/python" -W ignore -m openstack_lab "$@"
