# shellcheck shell=bash
# The original's web tier: Debian's Apache with the prefork MPM, as a reverse proxy; everything else as it comes.

seedweb_image() {
  step "installing Apache" install_packages apache2
  a2dismod -q -f mpm_event
  a2enmod -q mpm_prefork proxy proxy_http
  keep_stopped apache2
}

seedweb_boot() {
  # APP_VIP comes with the settings.
  printf 'ServerName localhost\n<VirtualHost *:80>\n  ProxyPreserveHost On\n  ProxyPass / http://%s/\n  ProxyPassReverse / http://%s/\n</VirtualHost>\n' \
    "${APP_VIP:?}" "$APP_VIP" >/etc/apache2/sites-available/000-default.conf
  step "starting Apache" systemctl enable apache2
  systemctl restart apache2
}
