# shellcheck shell=bash
# The original's app tier: Debian's Apache with the prefork MPM and mod_php, as they come. The shop is put there by the
# same scripts as in ours, so that nothing but the servers differs.

: "${here:?is set by run.sh}"
# shellcheck source-path=SCRIPTDIR source=../../components/cloud-init/scripts/services.sh
. "$here/services.sh"

seedapp_image() {
  step "installing Apache and PHP" install_packages apache2 libapache2-mod-php php-cli php-mysql php-gd php-curl php-zip php-xml php-mbstring unzip
  keep_stopped apache2
}

seedapp_boot() {
  chgrp www-data /etc/ecommerce/database.json
  step "fetching the shop" services_fetch
  step "preparing the shop's folders" services_folders
  step "installing the shop" services_shop
  step "configuring the shop" services_finish
  step "leaving out what is ours" seedapp_plain
  printf 'ServerName localhost\n<VirtualHost *:80>\n  DocumentRoot %s\n</VirtualHost>\n' "$SHOP" >/etc/apache2/sites-available/000-default.conf
  step "starting Apache" systemctl enable apache2
  systemctl restart apache2
}

# A connection for each page, and in the clear: as OpenCart's own installer leaves it.
seedapp_plain() {
  sed -i "s/'p:/'/" "$SHOP/config.php" "$SHOP/admin/config.php"
  local file
  for file in "$SHOP"/system/config/catalog.php "$SHOP"/system/config/admin.php; do
    if [ -e "$file" ]; then sed -i "/^\$_\['db_ssl_/d" "$file"; fi
  done
}
