/** What installs and upgrades the shop on the services role, once for all servers. */
import type { ServerFile } from "../document";
import { script } from "../role";

const SHOP_SCRIPTS = [
  "adopt.php",
  "backups.php",
  "closed-sign.php",
  "closed.html",
  "common.php",
  "decide.php",
  "decided.php",
  "first-installation.php",
  "install.php",
  "lock.php",
  "look.php",
  "mark.php",
  "opened.php",
  "request.php",
  "route.php",
  "upgrade.php",
];

export const installationFiles: readonly ServerFile[] = [
  script("adopt-shop.sh", "0755"),
  ...SHOP_SCRIPTS.map((name) => script(`shop/${name}`)),
];

/** For PHP-FPM's pool. */
export const closedSign = "php_admin_value[auto_prepend_file] = /usr/local/lib/ecommerce/shop/closed-sign.php";

/** Images of earlier times run this by its name, and would empty schemas that are not theirs. */
export const bakedTooEarly: ServerFile = {
  path: "/usr/local/lib/ecommerce/install-shop.php",
  content: `<?php
fwrite(STDERR, "ecommerce: this image was baked before releases were upgraded: bake it anew with npm run image -- services\\n");
exit(1);
`,
};
