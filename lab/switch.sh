#!/usr/bin/env bash
# switch.sh FOLDER: Debian 13's Open vSwitch in FOLDER, with the libraries it needs, beside those of the machine. Debian 12's aborts in its
# userspace connection tracking now and then, and open connections break (lab/README.md).
# It comes from Debian's own mirror, or from that of DEBIAN_MIRROR.
set -euo pipefail

folder=$1
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/{lists/partial,archives/partial,etc/apt.conf.d,etc/preferences.d,unpacked}
printf 'deb [check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$mirror" >"$work/etc/sources.list"
# A world of its own, in which nothing is installed: all that it needs comes too, and the machine's packages stay as they are.
cat >"$work/apt.conf" <<CONFIG
Dir "$work";
Dir::State "$work";
Dir::State::lists "$work/lists";
Dir::State::status "/dev/null";
Dir::Cache "$work";
Dir::Cache::archives "$work/archives";
Dir::Etc "$work/etc";
Dir::Etc::parts "apt.conf.d";
Dir::Etc::preferencesparts "preferences.d";
Dir::Etc::sourcelist "$work/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
CONFIG
export APT_CONFIG=$work/apt.conf
apt-get -q update
apt-get -q install -y --no-install-recommends --download-only openvswitch-switch
for package in "$work"/archives/*.deb; do dpkg-deb --extract "$package" "$work/unpacked"; done

mkdir -p "$folder"
cp -a "$work/unpacked/usr/lib/$(uname -m)-linux-gnu" "$folder/lib"
for loader in "$folder"/lib/ld-linux-*; do ln -s "${loader##*/}" "$folder/lib/loader"; done
cp -a "$work"/unpacked/usr/lib/openvswitch-switch/ovs-vswitchd "$work"/unpacked/usr/share/openvswitch/vswitch.ovsschema "$folder/"
# As the lab calls it; what does not run is not kept.
"$folder/lib/loader" --library-path "$folder/lib" "$folder/ovs-vswitchd" --version
touch "$folder/.complete"
