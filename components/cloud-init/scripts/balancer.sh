# shellcheck shell=bash
# A balancer of two: HAProxy in front of a tier, keepalived for the address that both share.

: "${phase:?is set by run.sh}"

balancer_image() {
  step "installing HAProxy and keepalived" install_packages haproxy keepalived socat
  step "leaving both off until they are configured" keep_stopped haproxy keepalived
}

balancer_boot() {
  step "checking HAProxy's configuration" /usr/local/lib/ecommerce/haproxy-state.sh restore
  haproxy -c -q -f /etc/ecommerce/haproxy.cfg
  step "starting HAProxy" systemctl enable haproxy
  systemctl restart haproxy
  step "asking HAProxy itself" patiently 60 answers "http://127.0.0.1:8404/alive"
  # Only now, or the shared address would come to a server that does not balance yet.
  step "configuring keepalived" balancer_keepalived
  step "checking keepalived's configuration" balancer_keepalived_check
  step "starting keepalived" systemctl enable keepalived
  systemctl restart keepalived
}

balancer_keepalived() {
  local interface
  interface=$(ip -o -4 address show to "${OWN_ADDRESS:?is set by settings}" | awk '{ print $2; exit }')
  if [ -z "$interface" ]; then fail "no interface has the address $OWN_ADDRESS"; fi
  install -d /etc/keepalived
  (umask 077 && sed "s/@INTERFACE@/$interface/" /etc/ecommerce/keepalived.conf >/etc/keepalived/keepalived.conf)
}

# keepalived 2.2 ends the test of a sound configuration by SIGTERM to itself; a bad one has a code of its own.
balancer_keepalived_check() {
  local code=0
  keepalived --config-test --log-console --use-file /etc/keepalived/keepalived.conf || code=$?
  if [ "$code" != 0 ] && [ "$code" != 143 ]; then fail "keepalived does not take its configuration: code $code"; fi
}
