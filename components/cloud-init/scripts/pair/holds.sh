#!/bin/sh
# Whether this server has the pair's address, and so is the one that is written to.
# shellcheck source=/dev/null
. /etc/ecommerce/pair.sh
: "${VIP:?is set by pair.sh}"
[ -n "$(ip -o -4 address show to "$VIP")" ]
