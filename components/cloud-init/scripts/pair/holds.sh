#!/bin/sh
# Whether this server has the pair's address, and so is the one that is written to.
. /etc/ecommerce/pair.sh
[ -n "$(ip -o -4 address show to "$VIP")" ]
