#!/bin/sh
# Whether this server may have the pair's address; keepalived asks every second. State 2 is a server that sends its data to the
# other one: it serves all the while.
if [ -e /run/ecommerce-pair-yields ]; then exit 1; fi
count=$(mysql --connect-timeout=1 --batch --skip-column-names --execute "
  SELECT COUNT(*) FROM information_schema.global_status
  WHERE (variable_name = 'WSREP_CLUSTER_STATUS' AND variable_value = 'Primary')
    OR (variable_name = 'WSREP_READY' AND variable_value = 'ON')
    OR (variable_name = 'WSREP_LOCAL_STATE' AND variable_value IN ('4', '2'))" 2>/dev/null) || exit 1
[ "$count" = 3 ]
