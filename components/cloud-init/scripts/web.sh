# shellcheck shell=bash
# The web tier: Apache with the event MPM, a reverse proxy to the app balancer.

web_image() {
  step "installing Apache" install_packages apache2
  step "choosing Apache's modules" web_modules
}

web_modules() {
  a2dismod -q -f mpm_prefork autoindex status
  a2enmod -q mpm_event proxy proxy_http headers deflate expires remoteip rewrite status
  a2dissite -q 000-default
  keep_stopped apache2
}

web_boot() {
  step "configuring Apache" web_configure
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
