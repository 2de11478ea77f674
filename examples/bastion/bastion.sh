# shellcheck shell=bash
# A bastion: SSH, and a leg in the app network beside the one in web.

bastion_image() {
  step "checking SSH's configuration" bastion_check_ssh
}

bastion_boot() {
  step "joining the app network" restart_if_there systemd-networkd
  step "checking SSH's configuration" bastion_check_ssh
}

bastion_check_ssh() {
  mkdir -p /run/sshd
  /usr/sbin/sshd -t
}
