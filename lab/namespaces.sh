#!/usr/bin/env bash
# namespaces.sh COMMAND...: the first process in the lab's own mount namespace; its network namespace is entered already.
# LAB_ROOT: the lab's folder; LAB_EDGE: its address.
set -euo pipefail

run=$LAB_ROOT/run

# libvirt 9 gives up on a hybrid of both versions of control groups.
umount /sys/fs/cgroup/unified 2>/dev/null || true
# A sysfs that shows this network namespace's devices, with the machine's control groups put back into it.
mkdir -p "$run/cgroup"
mount --rbind /sys/fs/cgroup "$run/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$run/cgroup" /sys/fs/cgroup
umount --lazy "$run/cgroup"

# Paths that programs have built in lead into the lab's own folder.
bind() {
  mkdir -p "$1" "$2"
  mount --bind "$1" "$2"
}
for name in openvswitch ovn libvirt octavia netns; do bind "$run/$name" "/run/$name"; done
mount --make-shared /run/netns
bind "$LAB_ROOT/etc/libvirt" /etc/libvirt
for name in lib log cache; do bind "$LAB_ROOT/state/libvirt/$name" "/var/$name/libvirt"; done

ip link set lo up
# Before any bridge is there, so that services can listen.
ip address replace "$LAB_EDGE/32" dev lo
exec "$@"
