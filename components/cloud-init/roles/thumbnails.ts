/** Thumbnails on demand: the page that makes them, and the timer that keeps them within limits. */
import type { ServerFile } from "../document";
import { script } from "../role";

const trimService = `[Unit]
Description=Removes the oldest thumbnails when there are too many
ConditionPathIsDirectory=/var/www/shop/image/cache

[Service]
Type=oneshot
User=www-data
Group=www-data
ExecStart=/usr/bin/php /usr/local/lib/ecommerce/thumbnails/trim.php
Nice=10
MemoryMax=256M
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ReadWritePaths=/var/www/shop/image/cache /var/lib/ecommerce/thumbnails
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
`;
const trimTimer = `[Unit]
Description=Removes the oldest thumbnails when there are too many

[Timer]
OnBootSec=5min
OnUnitActiveSec=10min

[Install]
WantedBy=timers.target
`;

const SCRIPTS = ["names", "limits", "sizes", "budget", "make", "trim", "thumbnail"];

export const thumbnailFiles: readonly ServerFile[] = [
  ...SCRIPTS.map((name) => script(`thumbnails/${name}.php`)),
  { path: "/etc/systemd/system/ecommerce-thumbnails.service", content: trimService },
  { path: "/etc/systemd/system/ecommerce-thumbnails.timer", content: trimTimer },
];
