#!/usr/bin/env bash
# run.sh ROLE image|boot|all: makes this machine a server of its role. `image` bakes what every server of the role
# shares, `boot` does what only this server knows, `all` is both. Ends with a report: ready, or the step that failed.
# Files beside it: common.sh, base.sh, ROLE.sh, settings (generated: shell variables, no secrets).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
role=$1
phase=$2

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR source=base.sh
. "$here/base.sh"
# shellcheck source=/dev/null
. "$here/$role.sh"
# shellcheck source=/dev/null
. "$here/settings"

ended() {
  release_services
  report failed
}
trap ended EXIT
umask 022

if [ "$phase" = image ] || [ "$phase" = all ]; then
  base_image
  "${role}_image"
fi
if [ "$phase" = boot ] || [ "$phase" = all ]; then
  base_boot
  "${role}_boot"
fi
step "removing cloud-init's copies of the secrets" "$here/forget-user-data.sh"

trap - EXIT
release_services
report ready
