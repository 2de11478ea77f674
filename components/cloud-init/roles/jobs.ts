/** Timed jobs: every app server is ready to do them, and a lock in the database lets one at a time do them. */
import type { ServerFile } from "../document";
import { script } from "../role";
import { CONFINED } from "./confinement";

/** A query that takes longer than this is one that nobody answers. */
export const JOB_PHP = "/usr/bin/php -d mysqlnd.net_read_timeout=10";

const unit = `[Unit]
Description=Runs the shop's timed jobs, on one app server at a time
After=network-online.target
Wants=network-online.target

[Service]
User=www-data
Group=www-data
ExecStart=${JOB_PHP} /usr/local/lib/ecommerce/jobs/cron.php
Restart=always
RestartSec=5
TimeoutStopSec=60
Nice=5
MemoryMax=512M
ReadWritePaths=/var/lib/ecommerce/storage /var/www/shop/image /var/lib/ecommerce/php-tmp
UMask=0077
${CONFINED}
[Install]
WantedBy=multi-user.target
`;

/** The same for every release of the shop. */
export const jobFiles: readonly ServerFile[] = [
  ...["turn", "cron", "vendor", "closed", "prepare"].map((name) => script(`jobs/${name}.php`)),
  script("jobs/start.sh", "0755"),
  { path: "/etc/systemd/system/ecommerce-cron.service", content: unit },
];
