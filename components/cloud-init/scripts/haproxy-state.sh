#!/usr/bin/env bash
# haproxy-state.sh save|restore: which servers HAProxy knows to be there, kept over its reloads and restarts. At the first
# start since boot nobody is known to be.
set -euo pipefail

state=/run/haproxy/servers.state

case $1 in
  save)
    # A HAProxy that does not answer has nothing to save, and must not keep anybody from stopping it.
    if printf 'show servers state\n' | socat -t 5 stdio unix-connect:/run/haproxy/admin.sock >"$state.new" && [ -s "$state.new" ]; then
      mv "$state.new" "$state"
    fi
    ;;
  restore)
    install -d -m 0755 /run/haproxy
    if [ ! -s "$state" ]; then cp /etc/ecommerce/haproxy.state "$state"; fi
    ;;
  *)
    echo "usage: $0 save|restore" >&2
    exit 2
    ;;
esac
