# shellcheck shell=bash
# What every server gets, whatever its role.

: "${phase:?is set by run.sh}"

# On a server the guard comes before any package that starts a service.
base_image() {
  step "installing the packet filter" install_packages nftables
  step "closing the metadata service to all but root" base_guard
  step "installing the base packages" install_packages chrony unattended-upgrades curl ca-certificates logrotate
}

base_guard() {
  systemctl enable ecommerce-metadata-guard.service
  if [ "$phase" != image ]; then systemctl start ecommerce-metadata-guard.service; fi
}

base_boot() {
  step "closing the metadata service to all but root" base_guard
  step "forgetting user data at every boot" systemctl enable ecommerce-forget-user-data.service
  step "applying kernel settings" apply_sysctl
  step "hardening SSH" restart_if_there ssh
  step "limiting the journal" restart_if_there systemd-journald
  step "keeping time" systemctl restart chrony
  if [ -d /etc/systemd/system/apt-daily-upgrade.timer.d ]; then step "choosing the time of updates" base_maintenance; fi
}

base_maintenance() {
  systemctl daemon-reload
  systemctl restart apt-daily.timer apt-daily-upgrade.timer
}

# Some values do not exist in every kernel (containers); those that do are applied.
apply_sysctl() {
  sysctl --quiet --ignore --load /etc/sysctl.d/60-ecommerce.conf || say "some kernel settings do not exist here"
}

restart_if_there() {
  if systemctl cat "$1" >/dev/null 2>&1; then systemctl restart "$1"; fi
}
