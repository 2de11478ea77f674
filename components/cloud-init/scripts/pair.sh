# shellcheck shell=bash
# One of two database servers: MariaDB with Galera on a volume of its own, and keepalived for the address that both share.

: "${here:?is set by run.sh}"
# shellcheck source-path=SCRIPTDIR source=database.sh
. "$here/database.sh"
# shellcheck source-path=SCRIPTDIR source=balancer.sh
. "$here/balancer.sh"

pair_image() {
  database_image
  if [ ! -e /usr/lib/galera/libgalera_smm.so ]; then fail "database.mode: pair needs MariaDB with Galera, as Debian has it"; fi
  step "installing what the pair's servers copy their data with" install_packages mariadb-backup socat keepalived
  step "leaving keepalived off until it is configured" keep_stopped keepalived
}

pair_boot() {
  database_volume
  step "configuring the database server" pair_configure
  step "answering the other server" systemctl enable ecommerce-pair
  systemctl restart ecommerce-pair
  step "starting the database server, once it is known which of the two begins" systemctl enable mariadb
  systemctl restart --no-block mariadb
  # As long as it takes: it may wait for the other server, or for a person, and copies all data of the other one.
  patiently 86400 /usr/local/lib/ecommerce/pair/serves.sh
  step "configuring keepalived" balancer_keepalived
  step "checking keepalived's configuration" balancer_keepalived_check
  step "starting keepalived" systemctl enable keepalived
  systemctl restart keepalived
  step "waiting until one of the two is written to" patiently 300 pair_has_writer
  # What one of them grants, the other has too.
  if /usr/local/lib/ecommerce/pair/holds.sh; then step "granting access" database_grant; fi
  find /etc/ecommerce -maxdepth 1 -name '*.sql' -exec shred --force --remove --zero {} +
  step "watching for other accounts" systemctl enable --now ecommerce-accounts.timer
}

pair_configure() {
  database_configure
  ln -sfn /etc/ecommerce/galera.cnf /etc/mysql/mariadb.conf.d/zzz-ecommerce-galera.cnf
  chown mysql:mysql /etc/ecommerce/tls/member.key
  chmod 0400 /etc/ecommerce/tls/member.key
  install -d -o mysql -g mysql /run/mysqld
}

pair_has_writer() {
  [ "$(mysql --batch --skip-column-names --execute 'SELECT COUNT(*) FROM ecommerce_accounts.writer' 2>/dev/null)" = 1 ]
}
