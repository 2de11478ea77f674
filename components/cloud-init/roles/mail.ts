/** Mail: PHP puts it into a queue in the store's database, and one app server at a time sends it through the relay. */
import type { MailConfig } from "../../config/mail-schema";
import type { ServerFile } from "../document";
import { script } from "../role";
import { CONFINED } from "./confinement";
import { JOB_PHP } from "./jobs";

export interface MailRelay extends MailConfig {
  /** Where the relay has a user. */
  readonly password: string | undefined;
}

/** Seconds that an attempt may take; a message that a lost server was sending is tried again after them. */
const LIMIT = 300;

/** Starts in a few milliseconds: no settings but these, no modules but the database's. */
const QUEUE =
  "/usr/bin/php -n -d extension=mysqlnd.so -d extension=mysqli.so -d mysqlnd.net_read_timeout=10 /usr/local/lib/ecommerce/mail/enqueue.php";

/** The group www-data is what lets the service read how to reach the database. */
const unit = `[Unit]
Description=Sends the shop's mail, on one app server at a time
After=network-online.target
Wants=network-online.target

[Service]
User=ecommerce-mail
Group=ecommerce-mail
SupplementaryGroups=www-data
ExecStart=${JOB_PHP} /usr/local/lib/ecommerce/mail/send.php
Restart=always
RestartSec=5
TimeoutStopSec=60
Nice=5
MemoryMax=256M
UMask=0077
${CONFINED}
[Install]
WantedBy=multi-user.target
`;

export const mailFiles: readonly ServerFile[] = [
  ...["message", "enqueue", "queue", "relay", "send", "list"].map((name) => script(`mail/${name}.php`)),
  { path: "/etc/systemd/system/ecommerce-mail.service", content: unit },
];

/** What the service that sends goes by; the relay's password is in no other file. */
export function mailSettings({ host, port, tls, user, password, from, ca }: MailRelay): ServerFile {
  const settings = { host, port, tls, user, password, from, ca, limit: LIMIT };
  return { path: "/etc/ecommerce/mail.json", content: `${JSON.stringify(settings)}\n`, mode: "0600" };
}

/** php.ini: without a relay, mail() is false at once. */
export const mailIni = (hasRelay: boolean) => `sendmail_path = "${hasRelay ? QUEUE : "/bin/false"}"\n`;
