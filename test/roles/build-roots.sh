#!/usr/bin/env bash
# build-roots.sh FOLDER IMAGE_SCRIPTS [SUITE]: makes FOLDER/base, a minimal Debian with cloud-init, and beside it one layer for
# each IMAGE_SCRIPTS/ROLE.sh, which that script of the project's own made in it; and FOLDER/bare, a layer with nothing but
# a mirror of their packages. Kept for the next run. In suite sid (default: bookworm), `default-mysql-server` is MySQL.
set -euo pipefail

folder=$1
scripts=$2

# One at a time: role tests and engine tests ask for layers beside each other. What this starts does not inherit the lock.
if [ -z "${ROOTS_LOCKED:-}" ]; then
  mkdir -p "$folder"
  ROOTS_LOCKED=1 exec flock --close "$folder.lock" "$0" "$@"
fi

suite=${3:-bookworm}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
minimal=$here/../../lab/image/minimal.sh

say() { printf 'roots: %s\n' "$*" >&2; }

install_tools() {
  local tools=(debootstrap nft shellcheck ip curl dpkg-scanpackages) tool
  for tool in "${tools[@]}"; do
    if command -v "$tool" >/dev/null; then continue; fi
    say "installing ${tools[*]}"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
      debootstrap nftables shellcheck iproute2 curl dpkg-dev >/dev/null
    break
  done
}
# Another suite's roots may be made beside these.
{
  flock 9
  install_tools 9>&-
} 9>"$(dirname "$folder")/tools.lock"

# As on Ubuntu; on Debian that name leads to MariaDB.
make_mysql_the_default() {
  local package=$1/usr/src/default-mysql-server
  mkdir -p "$package/DEBIAN"
  printf '%s\n' 'Package: default-mysql-server' 'Version: 99' 'Architecture: all' 'Depends: mysql-server' \
    'Maintainer: nobody <nobody@example.com>' 'Description: MySQL by its default name' >"$package/DEBIAN/control"
  dpkg-deb --build "$package" >/dev/null
  # shellcheck disable=SC2016 # $1 is the inner shell's
  unshare --mount bash -euc '
    mount -t proc proc "$1/proc"
    mount --bind /dev "$1/dev"
    chroot "$1" env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq install -y --no-install-recommends /usr/src/default-mysql-server.deb
  ' _ "$1" >"$folder/base.log" 2>&1 || { tail -n 20 "$folder/base.log" >&2; exit 1; }
}

mkdir -p "$folder"
made_by=$(echo "$suite" && cat "$here/build-roots.sh" "$here/systemctl" "$minimal")
if [ "$(cat "$folder/base.done" 2>/dev/null)" != "$made_by" ]; then
  say "making a minimal Debian, suite $suite (about 1 minute)"
  rm -rf "$folder/base" "$folder"/*.done
  "$minimal" "$folder/base" "$suite" >"$folder/base.log" 2>&1 || {
    tail -n 20 "$folder/base.log" >&2
    exit 1
  }
  say "installing cloud-init in it"
  # shellcheck disable=SC2016 # $1 is the inner shell's
  unshare --mount bash -euc '
    mount -t proc proc "$1/proc"
    chroot "$1" sh -euc "export DEBIAN_FRONTEND=noninteractive
      apt-get -qq update
      apt-get -qq install -y --no-install-recommends ca-certificates cloud-init e2fsprogs iproute2 netcat-openbsd openssh-server openssl procps systemd"
  ' _ "$folder/base" >"$folder/base.log" 2>&1 || { tail -n 20 "$folder/base.log" >&2; exit 1; }
  if [ "$suite" = sid ]; then make_mysql_the_default "$folder/base"; fi
  # There is no systemd running in these roots; this stands in for it, with the services' own start scripts.
  install -m 0755 "$here/systemctl" "$folder/base/usr/local/bin/systemctl"
  printf '%s\n' "$made_by" >"$folder/base.done"
fi

# make_layer ROLE SCRIPT
make_layer() {
  say "making the image of role $1"
  rm -rf "${folder:?}/$1" "$folder/$1.work" "$folder/bare"
  mkdir -p "$folder/$1" "$folder/$1.work"
  # A mount namespace of its own: nothing is left mounted, however this ends. Volatile: nobody needs it after a crash, so dpkg
  # need not wait for the disk.
  # shellcheck disable=SC2016 # $1 to $3 are the inner shell's
  unshare --mount bash -euo pipefail -c '
    mount -t overlay overlay -o "lowerdir=$1/base,upperdir=$1/$2,workdir=$1/$2.work,volatile" /mnt
    mount -t proc proc /mnt/proc
    mount --bind /dev /mnt/dev
    cp -L /etc/resolv.conf /mnt/etc/resolv.conf
    cp "$3" /mnt/build.sh
    chroot /mnt bash /build.sh
    rm /mnt/build.sh' _ "$folder" "$1" "$2" >"$folder/$1.log" 2>&1 || {
    tail -n 20 "$folder/$1.log" >&2
    return 1
  }
  cp "$2" "$folder/$1.done"
}

# One for each of two processors at a time.
running=0
for script in "$scripts"/*.sh; do
  role=$(basename "$script" .sh)
  if cmp -s "$script" "$folder/$role.done"; then continue; fi
  if [ "$running" = 2 ]; then
    wait -n
    running=1
  fi
  make_layer "$role" "$script" &
  running=$((running + 1))
done
for ((; running > 0; running--)); do wait -n; done

if [ ! -d "$folder/bare" ]; then
  say "making a mirror of the roles' packages"
  mirrored=$folder/bare.new/srv/mirror
  rm -rf "$folder/bare.new"
  mkdir -p "$mirrored" "$folder/bare.new/etc/apt"
  # What apt fetched for the images lies in their layers.
  for package in "$folder"/*/var/cache/apt/archives/*.deb; do ln -f "$package" "$mirrored"; done
  (cd "$mirrored" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
  echo 'deb [trusted=yes] file:/srv/mirror ./' >"$folder/bare.new/etc/apt/sources.list"
  mv "$folder/bare.new" "$folder/bare"
fi
