# shellcheck shell=bash
# The web tier: Apache with the event MPM, a reverse proxy to the app balancer, by way of HAProxy, which counts requests.

web_image() {
  step "installing Apache and HAProxy" install_packages apache2 haproxy
  step "choosing Apache's modules" web_modules
}

web_modules() {
  a2dismod -q -f mpm_prefork autoindex status
  a2enmod -q mpm_event proxy proxy_http headers deflate expires remoteip rewrite status cache cache_disk
  a2dissite -q 000-default
  # Debian's own cleaner looks every two hours only.
  keep_stopped apache2 apache-htcacheclean haproxy
}

web_boot() {
  step "configuring Apache" web_configure
  if [ -n "${PAGES:-}" ]; then step "making room for pages in memory" web_pages; fi
  if [ -n "${CONNECTIONS:-}" ]; then step "limiting each client's connections" web_connections; fi
  if [ -n "${GATE:-}" ]; then
    step "checking HAProxy's configuration" haproxy -c -q -f "$GATE"
    step "starting HAProxy" systemctl enable haproxy
    systemctl restart haproxy
  fi
  step "checking Apache's configuration" apachectl configtest
  step "starting Apache" systemctl enable apache2
  systemctl restart apache2
  step "asking the server itself" patiently 60 answers "http://127.0.0.1/healthz"
}

web_configure() {
  # Only with a certificate: the module makes Apache listen on 443.
  if [ -e /etc/ecommerce/tls/site.key ]; then a2enmod -q ssl; fi
  a2enconf -q zz-ecommerce
  a2ensite -q ecommerce
}

# A kernel that cannot count them is no reason to serve nobody.
web_connections() {
  if ! nft --file "$CONNECTIONS"; then
    say "this kernel cannot count connections: clients may have any number"
    return 0
  fi
  systemctl enable --now ecommerce-connections.service
}

# A file system of their own: when it is full, pages are passed on without being kept.
web_pages() {
  mkdir -p "$PAGES"
  if ! grep -q " $PAGES " /etc/fstab; then
    printf 'tmpfs %s tmpfs size=%sM,nr_inodes=32k,mode=0700,uid=%s,gid=%s,nosuid,nodev,noexec,nofail 0 0\n' \
      "$PAGES" "$PAGES_SIZE" "$(id -u www-data)" "$(id -g www-data)" >>/etc/fstab
  fi
  mountpoint -q "$PAGES" || mount "$PAGES"
  systemctl enable --now ecommerce-pages.service
}
