#!/bin/sh
# Before MariaDB stops: the address goes to the other server while this one still serves. start.py takes the mark away.
touch /run/ecommerce-pair-yields
tries=50
while [ "$tries" -gt 0 ] && /usr/local/lib/ecommerce/pair/holds.sh; do
  tries=$((tries - 1))
  sleep 0.2
done
