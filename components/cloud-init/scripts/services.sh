# shellcheck shell=bash
# The services tier: Apache, PHP-FPM and the shop, which whichever server is first installs.

SHOP=/var/www/shop
STORAGE=/var/lib/ecommerce/storage
SHOP_SCRIPTS=/usr/local/lib/ecommerce/shop

services_image() {
  step "installing Apache and PHP" install_packages apache2 php-fpm php-cli php-mysql php-gd php-curl php-zip php-xml php-mbstring unzip
  step "choosing Apache's modules" services_modules
  if [ -n "${RELEASE_URL:-}" ]; then step "fetching the shop" services_fetch; fi
}

php_version() {
  php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;'
}

services_modules() {
  a2dismod -q -f mpm_prefork autoindex status deflate
  a2enmod -q mpm_event proxy proxy_fcgi headers rewrite remoteip
  a2dissite -q 000-default
  keep_stopped apache2 "php$(php_version)-fpm"
}

# The release is code: it belongs to root, and PHP can write only where pictures and storage are.
services_fetch() {
  if [ -f "$SHOP/.release" ] && [ "$(cat "$SHOP/.release")" = "$RELEASE_SHA256" ]; then return 0; fi
  local work patience=300
  work=$(mktemp -d)
  case $RELEASE_URL in file:*) patience=0 ;; esac
  patiently "$patience" curl --silent --show-error --fail --location --max-time 300 --output "$work/release.zip" "$RELEASE_URL" ||
    fail "$RELEASE_URL cannot be fetched"
  echo "$RELEASE_SHA256  $work/release.zip" | sha256sum --check --quiet ||
    fail "$RELEASE_URL has another SHA-256 than shop.release.sha256"
  unzip -q "$work/release.zip" -d "$work/release"
  # OpenCart's archives hold the shop in a folder upload/, beside licence and documentation.
  local upload
  upload=$(find "$work/release" -maxdepth 2 -type d -name upload -print -quit)
  [ -f "$upload/install/cli_install.php" ] || fail "$RELEASE_URL holds no upload/install/cli_install.php"
  rm -rf "$SHOP"
  cp -r "$upload" "$SHOP"
  chown -R root:root "$SHOP"
  chmod -R u=rwX,go=rX "$SHOP"
  printf '%s' "$RELEASE_SHA256" >"$SHOP/.release"
  rm -rf "$work"
}

services_boot() {
  local php
  php=$(php_version)
  step "configuring Apache and PHP" services_configure "$php"
  if [ -n "${RELEASE_URL:-}" ]; then
    step "fetching the shop" services_fetch
    step "preparing the shop's folders" services_folders
    step "installing the shop, once for all servers" services_shop
    step "preparing timed jobs and mail" patiently 300 php /usr/local/lib/ecommerce/jobs/prepare.php
    step "configuring the shop" services_finish
    if [ -f /etc/ecommerce/media.json ]; then step "fetching the uploads" services_media; fi
    step "starting timed jobs and mail" /usr/local/lib/ecommerce/jobs/start.sh
  else
    say "no shop.release is configured: this server answers /healthz only"
  fi
  step "checking PHP's configuration" "php-fpm$php" -t
  step "checking Apache's configuration" apachectl configtest
  step "starting PHP" systemctl enable "php$php-fpm"
  systemctl restart "php$php-fpm"
  step "starting Apache" systemctl enable apache2
  systemctl restart apache2
  step "asking the server itself" patiently 900 services_healthy
  if [ -n "${RELEASE_URL:-}" ]; then step "telling servers with an earlier release" patiently 300 php "$SHOP_SCRIPTS/opened.php"; fi
}

# Installs, upgrades, or finds the shop as it should be. What passes by itself is tried again; what a person must decide is
# reported as a failure, so that nobody waits in vain, and the boot goes on once it is decided.
services_shop() {
  local status
  while true; do
    status=0
    php "$SHOP_SCRIPTS/install.php" 2>&1 | services_relay || status=$?
    case $status in
      0) return 0 ;;
      75) sleep 5 ;;
      78)
        report failed
        until php "$SHOP_SCRIPTS/decided.php"; do sleep 5; done
        say "it is decided: going on"
        ;;
      *) return "$status" ;;
    esac
  done
}

# Where the console's readers find it too.
services_relay() {
  local line
  while IFS= read -r line; do say "${line#ecommerce: }"; done
}

services_configure() {
  local php=$1
  ln -sfn /etc/ecommerce/php.ini "/etc/php/$php/fpm/conf.d/90-ecommerce.ini"
  ln -sfn /etc/ecommerce/php.ini "/etc/php/$php/cli/conf.d/90-ecommerce.ini"
  rm -f "/etc/php/$php/fpm/pool.d/www.conf"
  ln -sfn /etc/ecommerce/php-pool.conf "/etc/php/$php/fpm/pool.d/ecommerce.conf"
  install -d -m 0755 "$SHOP"
  install -d -m 0700 -o www-data -g www-data /var/lib/ecommerce/php-tmp /var/lib/ecommerce/health /var/lib/ecommerce/thumbnails
  install -D -m 0644 /usr/local/lib/ecommerce/site/php-restart.conf "/etc/systemd/system/php$php-fpm.service.d/ecommerce.conf"
  chgrp www-data /etc/ecommerce/database.json
  systemctl enable --now ecommerce-php-tmp.timer ecommerce-thumbnails.timer ecommerce-left.path
  a2enconf -q zz-ecommerce
  a2ensite -q ecommerce
}

# What PHP writes, folder by folder. All else in the storage is code (vendor) or data of the release: it belongs to root.
# Not marketplace: an extension that one server takes would be on no other.
services_folders() {
  if [ ! -d "$STORAGE" ]; then
    install -d -m 0750 -o root -g www-data "$STORAGE"
    cp -r "$SHOP/system/storage/." "$STORAGE"
  fi
  local folder
  for folder in "$SHOP"/image/{cache,catalog} "$STORAGE"/{backup,cache,download,logs,session,upload}; do
    install -d -o www-data -g www-data "$folder"
    chown -R www-data:www-data "$folder"
  done
  # The installer insists on both, writable.
  install -m 0600 "$SHOP/config-dist.php" "$SHOP/config.php"
  install -m 0600 "$SHOP/admin/config-dist.php" "$SHOP/admin/config.php"
}

# Not only alive: the database answers as well.
services_healthy() {
  [ "$(curl --silent --max-time 5 http://127.0.0.1/healthz)" = ok ]
}

# Before the shop opens. A Swift that is away does not keep it closed for ever; one that refuses us is a mistake to be seen.
services_media() {
  local status=75 attempt
  [ -f /usr/local/lib/ecommerce/media/sync.php ] ||
    fail "this image was baked before shop.media: bake it anew with npm run image -- services"
  chgrp www-data /etc/ecommerce/media.json
  install -d -m 0700 -o www-data -g www-data /var/lib/ecommerce/media
  install -d -o www-data -g www-data "$SHOP/image/catalog" "$STORAGE/download" "$STORAGE/upload"
  for attempt in 1 2 3 4 5 6 7 8; do
    status=0
    setpriv --reuid=www-data --regid=www-data --clear-groups php /usr/local/lib/ecommerce/media/sync.php first || status=$?
    if [ "$status" != 75 ]; then break; fi
    sleep "$attempt"
  done
  case $status in
    0) ;;
    75) say "Swift does not answer: the shop opens without its uploads, and they come when it does" ;;
    *) fail "Swift or Keystone refuses this server's credential: see docs/uploads.md" ;;
  esac
  systemctl enable ecommerce-media.service
  systemctl restart ecommerce-media.service
}

services_finish() {
  php /usr/local/lib/ecommerce/configure-shop.php
  chown root:www-data "$SHOP/config.php" "$SHOP/admin/config.php"
  chmod 0640 "$SHOP/config.php" "$SHOP/admin/config.php"
  rm -rf "$SHOP/install" "$SHOP/system/storage"
  # The administrator's password has done its work.
  shred --force --remove --zero /etc/ecommerce/shop.json
}
