# shellcheck shell=bash
# The operations server: Prometheus, its exporters, and the orders' script.

operations_image() {
  step "installing Prometheus and its exporters" install_packages prometheus prometheus-node-exporter \
    prometheus-mysqld-exporter prometheus-blackbox-exporter default-mysql-client python3
  step "stopping the packages' own services" systemctl disable --now prometheus prometheus-node-exporter \
    prometheus-mysqld-exporter prometheus-blackbox-exporter
}

operations_boot() {
  step "preparing folders" operations_folders
  step "checking Prometheus's configuration" promtool check config /etc/ecommerce/prometheus.yml
  step "counting orders" operations_count
  local service
  for service in ${SERVICES:?}; do
    step "starting $service" systemctl enable "$service"
    systemctl restart "$service"
  done
  step "starting the timers" operations_timers
  step "asking Prometheus" patiently 120 answers "http://127.0.0.1:9090/-/ready"
}

operations_folders() {
  install -d -o prometheus -g prometheus /var/lib/prometheus/ecommerce /var/lib/ecommerce/metrics
  chgrp prometheus /etc/ecommerce/reader.cnf /etc/ecommerce/prometheus.yml /etc/ecommerce/orders.json
}

# The database may not be up yet; the timer tries again every minute.
operations_count() {
  setpriv --reuid=prometheus --regid=prometheus --clear-groups \
    python3 /usr/local/lib/ecommerce/orders.py metrics || say "no orders could be counted yet"
}

operations_timers() {
  local timer
  for timer in ${TIMERS:?}; do systemctl enable --now "$timer"; done
}
