# shellcheck shell=bash
# What every role uses: steps with names, a report, patience, packages.

: "${role:?is set by run.sh}" "${phase:?is set by run.sh}"
STATE=/var/lib/ecommerce
mkdir -p "$STATE"
LOG=/var/log/ecommerce.log
current_step="starting"

# On the console of the server too, where `openstack console log show` finds it.
say() {
  local line
  line="ecommerce: [${SECONDS} s] $*"
  printf '%s\n' "$line" | tee -a "$LOG"
  if [ -w /dev/console ]; then printf '%s\n' "$line" 2>/dev/null >/dev/console || true; fi
}

# step NAME COMMAND [ARG ...]: runs it; the name is what a failure reports.
step() {
  current_step=$1
  shift
  say "$current_step"
  "$@"
}

fail() {
  say "$*"
  exit 1
}

# Never holds a secret: name, state, last step and seconds.
report() {
  printf '{"role":"%s","phase":"%s","status":"%s","step":"%s","seconds":%d}\n' \
    "$role" "$phase" "$1" "$current_step" "$SECONDS" >"$STATE/report.json"
  if [ "$1" = ready ]; then say "$role is ready"; else say "$role FAILED while $current_step"; fi
}

# patiently SECONDS COMMAND [ARG ...]: until it succeeds, every 2 seconds.
patiently() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$deadline" ]; then return 1; fi
    sleep 2
  done
}

is_installed() {
  dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -c '^installed$' | grep -qx "$#"
}

# What the roles configure starts then, not when it is unpacked: no shopper sees a default page, no database an empty folder.
hold_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then return 0; fi
  # shellcheck disable=SC2016 # $1 is the policy's own
  printf '#!/bin/sh\ncase $1 in apache2* | php*-fpm* | mysql* | mariadb* | haproxy* | keepalived*) exit 101 ;; esac\n' >"$policy"
  chmod 0755 "$policy"
  policy_made=1
}

release_services() {
  if [ -n "${policy_made:-}" ]; then rm -f /usr/sbin/policy-rc.d; fi
}

# Nothing is asked for when all is there, so that a golden image boots without a mirror.
install_packages() {
  if is_installed "$@"; then return 0; fi
  hold_services
  export DEBIAN_FRONTEND=noninteractive
  # The mirrors may not be reachable in the first seconds of a network, or minutes.
  asked_for_packages=${asked_for_packages:-$SECONDS}
  patiently 300 fetch_packages "$@" || fail "no mirror gives all of $*: see access.packages"
  apt-get -q install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

# Without being told, apt-get takes lists that it could not fetch for a success. Mirrors that never answer, though others
# have all that is needed, keep a server for a minute in all.
fetch_packages() {
  if ! apt-get -q update -o APT::Update::Error-Mode=any; then
    if [ $((SECONDS - asked_for_packages)) -lt 60 ]; then return 1; fi
    say "not every mirror answers: trying with those that do"
  fi
  apt-get -q install -y --download-only --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

# keep_stopped UNIT ...: not at boot, and not now; where an image is baked, there may be no systemd to ask.
keep_stopped() {
  systemctl disable "$@"
  if [ -d /run/systemd/system ]; then systemctl stop "$@"; fi
}

# answers URL: an HTTP request is answered with 200.
answers() {
  curl --silent --fail --max-time 5 --output /dev/null "$1"
}
