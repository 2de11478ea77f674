/** Uploads in Swift: the service that keeps an app server's and the container's the same, and the page for what is missing. */
import type { ServerFile } from "../document";
import { script } from "../role";
import { CONFINED } from "./confinement";

/** What an app server signs in with, and where. */
export interface MediaCredential {
  readonly authUrl: string;
  /** Address of the container, without a slash at its end. */
  readonly containerUrl: string;
  readonly credentialId: string;
  readonly secret: string;
}

const SETTINGS = "/etc/ecommerce/media.json";

const unit = `[Unit]
Description=Keeps uploads the same on every app server, by a container in Swift
After=network-online.target
Wants=network-online.target
ConditionPathExists=${SETTINGS}

[Service]
User=www-data
Group=www-data
ExecStart=/usr/bin/php /usr/local/lib/ecommerce/media/sync.php
Restart=always
RestartSec=5
UMask=0022
Nice=5
MemoryMax=256M
ReadWritePaths=/var/www/shop/image/catalog /var/www/shop/image/cache /var/lib/ecommerce/storage/download /var/lib/ecommerce/storage/upload /var/lib/ecommerce/media
${CONFINED}
[Install]
WantedBy=multi-user.target
`;

const SCRIPTS = [
  "settings",
  "http",
  "swift",
  "trees",
  "thumbnails",
  "files",
  "manifest",
  "decide",
  "recent",
  "sync",
  "obtain",
  "missing",
  "await",
];

export const mediaFiles: readonly ServerFile[] = [
  ...SCRIPTS.map((name) => script(`media/${name}.php`)),
  { path: "/etc/systemd/system/ecommerce-media.service", content: unit },
];

export function mediaSettings(credential: MediaCredential): ServerFile {
  return { path: SETTINGS, content: `${JSON.stringify(credential)}\n`, mode: "0640" };
}
