/** The services role: Apache, PHP-FPM and the shop. */

import type { Flavor } from "../../core/flavor";
import { opcacheMemory } from "../../core/sizing";
import { filledIn } from "../filled-in";
import { type Role, script } from "../role";
import { apacheConf, apacheImageFiles } from "./apache";
import { bakedTooEarly, closedSign, installationFiles } from "./installation";
import { jobFiles } from "./jobs";
import { type MailRelay, mailFiles, mailIni, mailSettings } from "./mail";
import { type MediaCredential, mediaFiles, mediaSettings } from "./media";
import { phpPools, shopLimits } from "./php-pools";
import { thumbnailFiles } from "./thumbnails";

/** A release of OpenCart, or of anything with the same installer. */
export interface Release {
  /** https://, http:// or file:// of a ZIP archive. */
  readonly url: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface DatabaseAccess {
  readonly host: string;
  readonly port: number;
  /** Name of the database and of its user. */
  readonly store: string;
  readonly password: string;
  /** Certificate (PEM) of the authority that signed the database's. */
  readonly caCertificate: string;
}

export interface ServicesRoleArgs {
  readonly flavor: Flavor;
  /** CIDRs that are trusted to name the client's address: the app balancer's subnet and the web servers'. */
  readonly balancers: readonly string[];
  /** None: the servers answer `/healthz` only. */
  readonly release: Release | undefined;
  readonly database: DatabaseAccess;
  readonly shop: {
    /** Where shoppers go, with a slash at the end. */
    readonly url: string;
    readonly adminEmail: string;
    readonly adminPassword: string;
  };
  /** None: uploads stay on the server that took them. */
  readonly media: MediaCredential | undefined;
  /** None: the shop sends no mail. */
  readonly mail: MailRelay | undefined;
  /** False: timed jobs and the sending of mail are other servers'. Default: it is ready to do both. */
  readonly doesJobs?: boolean;
}

const TABLE_PREFIX = "oc_";
/** Takes the place of what an image has there. */
const NO_JOBS = {
  path: "/usr/local/lib/ecommerce/jobs/start.sh",
  content: "#!/bin/sh\n# Timed jobs and the sending of mail are the app tier's.\n",
  mode: "0755",
} as const;
const HEALTH_FILES = ["fpm", "pool", "store"].map((name) => script(`health/${name}.php`));

/** A certificate without its PEM lines, as OpenCart's driver wants it. */
export function certificateBody(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----/g, "").replace(/\s+/g, "");
}

export function servicesRole(args: ServicesRoleArgs): Role {
  const { flavor, release, database, shop, media } = args;
  // One that only queues mail needs no password of the relay's.
  const mail =
    args.mail && (args.doesJobs === false ? { ...args.mail, user: undefined, password: undefined } : args.mail);
  const access = {
    host: database.host,
    port: database.port,
    database: database.store,
    user: database.store,
    password: database.password,
  };
  const installation = {
    url: shop.url,
    username: "admin",
    email: shop.adminEmail,
    password: shop.adminPassword,
    prefix: TABLE_PREFIX,
    ca: certificateBody(database.caCertificate),
  };
  return {
    name: "services",
    imageFiles: [
      script("database.php"),
      script("healthz.php"),
      ...installationFiles,
      script("configure-shop.php"),
      ...(media ? mediaFiles : []),
      ...jobFiles.filter(({ path }) => args.doesJobs !== false || path !== NO_JOBS.path),
      ...(mail ? mailFiles : []),
      ...HEALTH_FILES,
      ...thumbnailFiles,
      script("site/release-only.json"),
      { ...script("site/shop.conf"), path: "/etc/apache2/sites-available/ecommerce.conf" },
      script("site/php-restart.conf"),
      ...apacheImageFiles,
      { ...script("site/left.path"), path: "/etc/systemd/system/ecommerce-left.path" },
      { ...script("site/left.service"), path: "/etc/systemd/system/ecommerce-left.service" },
      // OpenCart writes its CA into a new temporary file at every connection, and never removes it.
      { ...script("site/php-tmp.service"), path: "/etc/systemd/system/ecommerce-php-tmp.service" },
      { ...script("site/php-tmp.timer"), path: "/etc/systemd/system/ecommerce-php-tmp.timer" },
    ],
    otherImageFiles: [...(media ? [] : mediaFiles), ...(mail ? [] : mailFiles)],
    bootFiles: [
      {
        path: "/etc/apache2/conf-available/zz-ecommerce.conf",
        content: `${apacheConf(flavor, args.balancers)}${shopLimits(flavor)}`,
      },
      {
        path: "/etc/ecommerce/php.ini",
        content: filledIn("site/php.ini", { OPCACHE: opcacheMemory(flavor) }) + mailIni(mail !== undefined),
      },
      { path: "/etc/ecommerce/php-pool.conf", content: phpPools(flavor, release ? [closedSign] : []) },
      { path: "/etc/ecommerce/tls/ca.crt", content: database.caCertificate },
      { path: "/etc/ecommerce/database.json", content: `${JSON.stringify(access)}\n`, mode: "0640" },
      ...(media ? [mediaSettings(media)] : []),
      ...(release && mail ? [mailSettings(mail)] : []),
      ...(release
        ? [
            { path: "/etc/ecommerce/shop.json", content: `${JSON.stringify(installation)}\n`, mode: "0600" as const },
            bakedTooEarly,
          ]
        : []),
      ...(args.doesJobs === false ? [NO_JOBS] : []),
    ],
    settings: {},
    imageSettings: release ? { RELEASE_URL: release.url, RELEASE_SHA256: release.sha256.toLowerCase() } : {},
    // A connection that nobody acknowledges any more is given up after 25 s, not after a quarter of an hour; one that is
    // kept for the next page is asked whether it is alive, or a page would first have to wait for a database server that
    // another has replaced in silence.
    sysctl: {
      "net.core.somaxconn": 4096,
      "net.ipv4.tcp_tw_reuse": 1,
      "net.ipv4.tcp_retries2": 6,
      "net.ipv4.tcp_keepalive_time": 10,
      "net.ipv4.tcp_keepalive_intvl": 3,
      "net.ipv4.tcp_keepalive_probes": 3,
    },
  };
}
