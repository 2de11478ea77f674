#!/usr/bin/env bash
# minimal.sh ROOT [SUITE]: makes a minimal Debian (default: bookworm) in ROOT, in which installing packages starts no service.
# It comes from debootstrap's own mirror, or from that of DEBIAN_MIRROR.
set -euo pipefail

root=$1
suite=${2:-bookworm}

debootstrap --variant=minbase "$suite" "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
read -r _ mirror _ <"$root/etc/apt/sources.list"
# A mirror may lag behind.
sources="deb [check-valid-until=no] $mirror $suite main"
if [ "$suite" != sid ]; then sources+=$'\n'"deb $mirror $suite-updates main"; fi
printf '%s\n' "$sources" >"$root/etc/apt/sources.list"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
install -m 0755 /dev/stdin "$root/usr/sbin/policy-rc.d" <<<$'#!/bin/sh\nexit 101'
