# shellcheck shell=bash
# The keeper of a pair: it also has a voice when the two database servers do not hear each other.

: "${here:?is set by run.sh}"
# shellcheck source-path=SCRIPTDIR source=keeper.sh
. "$here/keeper.sh"

arbiter_image() {
  step "installing Galera's arbitrator" install_packages galera-arbitrator-4
  step "leaving the packaged arbitrator off" keep_stopped garb
  keeper_image
}

arbiter_boot() {
  find /etc/ecommerce -name '*.key' -exec chown keeper:keeper {} + -exec chmod 0400 {} +
  step "starting the arbitrator" systemctl enable ecommerce-arbitrator.service
  systemctl restart ecommerce-arbitrator.service
  keeper_boot
}
