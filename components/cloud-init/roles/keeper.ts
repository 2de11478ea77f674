/** The keeper: backups of the database in Swift, by the second, and restores from there. */
import { KEEPER, RESTORER } from "../../core/database-accounts";
import type { Flavor } from "../../core/flavor";
import type { ServerFile } from "../document";
import { type Role, script } from "../role";
import { CONFINED } from "./confinement";

/** An application credential. */
export interface ApplicationCredential {
  readonly id: string;
  readonly secret: string;
}

/** What the keeper signs in to Swift with, and where backups lie. */
export interface BackupsCredentials {
  /** Keystone's version 3, without a slash at its end. */
  readonly authUrl: string;
  /** Address of the container, without a slash at its end. */
  readonly containerUrl: string;
  /** May do nothing but PUT objects. */
  readonly writer: ApplicationCredential;
  /** May do nothing but GET the listing and objects. */
  readonly reader: ApplicationCredential;
}

/** What the keeper makes the database's volume larger with. */
export interface VolumeGrowth {
  /** GiB at most. */
  readonly to: number;
  /** Cinder's address for actions on the volume. */
  readonly url: string;
  /** May do nothing but POST there. */
  readonly credential: ApplicationCredential;
}

export interface KeeperRoleArgs {
  /** `<project>-<stack>` */
  readonly store: string;
  readonly flavor: Flavor;
  readonly database: {
    readonly host: string;
    readonly port: number;
    /** Of `ecommerce_keeper`. */
    readonly password: string;
    /** PEM of the authority that the database's certificate is of. */
    readonly caCertificate: string;
  };
  readonly swift: BackupsCredentials;
  /** Public age key, `age1...`. */
  readonly recipient: string;
  /** Its private key, `AGE-SECRET-KEY-1...`. */
  readonly identity: string;
  /** Hours between base backups. */
  readonly baseHours: number;
  /** Days for which any second can be restored. */
  readonly keepDays: number;
  /** Hours between drills; 0: none. */
  readonly drillHours: number;
  /** Of the database's volume; none: it stays as large as the stack file says. */
  readonly growth?: VolumeGrowth | undefined;
  readonly restore?:
    | {
        /** RFC 3339, UTC, whole seconds: the state as that second began. */
        readonly at: string;
        /** Container of the backups, which may be another store's. */
        readonly containerUrl: string;
        /** The private key of those backups. */
        readonly identity: string;
        /** Of `ecommerce_restorer`. */
        readonly restorerPassword: string;
      }
    | undefined;
}

const SETTINGS = "/etc/ecommerce/keeper.json";
const FOLDER = "/var/lib/ecommerce/keeper";
const DRILLS = "/var/lib/mysql/ecommerce-drill";

const MODULES = [
  "base",
  "beats",
  "binlog",
  "console",
  "database",
  "drill",
  "endpoint",
  "fetch",
  "grow",
  "keeper",
  "names",
  "plan",
  "replay",
  "restore",
  "seal",
  "settings",
  "ship",
  "stream",
  "swift",
  "throwaway",
];

const service = (description: string, module: string, lines: readonly string[]) => `[Unit]
Description=${description}
After=network-online.target
Wants=network-online.target
ConditionPathExists=${SETTINGS}

[Service]
User=keeper
Group=keeper
ExecStart=/usr/bin/python3 -B /usr/local/lib/ecommerce/keeper/${module}.py
${lines.join("\n")}
# Where a server's console shows it too.
StandardOutput=journal+console
StandardError=journal
UMask=0077
${CONFINED}`;

const keeperService = `${service(
  "Ships the database's log to Swift, or restores the database when that is asked for",
  "keeper",
  [
    "Restart=always",
    "RestartSec=5",
    // What a person must decide does not pass by trying again.
    "RestartPreventExitStatus=78",
    `ReadWritePaths=${FOLDER}`,
  ],
)}
[Install]
WantedBy=multi-user.target
`;
const baseService = service("Makes a base backup of the database when one is due", "base", [
  "Type=oneshot",
  "Nice=5",
  `ReadWritePaths=${FOLDER}`,
]);
const drillService = service(
  "Restores the newest backup into a throw-away server, and reports whether it is good",
  "drill",
  ["Type=oneshot", "Nice=10", `ReadWritePaths=${FOLDER} ${DRILLS}`],
);

/** @param first and @param every how long after its start, and after the last run, as systemd writes spans */
const timer = (description: string, first: string, every: string) => `[Unit]
Description=${description}

[Timer]
OnActiveSec=${first}
OnUnitInactiveSec=${every}

[Install]
WantedBy=timers.target
`;

const units: readonly ServerFile[] = [
  { path: "/etc/systemd/system/ecommerce-keeper.service", content: keeperService },
  { path: "/etc/systemd/system/ecommerce-keeper-base.service", content: baseService },
  {
    path: "/etc/systemd/system/ecommerce-keeper-base.timer",
    content: timer("Looks every two minutes whether a base backup is due", "1s", "2min"),
  },
  { path: "/etc/systemd/system/ecommerce-keeper-drill.service", content: drillService },
  {
    path: "/etc/systemd/system/ecommerce-keeper-drill.timer",
    content: timer("Looks every ten minutes whether a drill is due", "10min", "10min"),
  },
];

/** Of a drill's server: a quarter of the memory. MiB */
const drillPool = ({ ram }: Flavor) => Math.max(32, Math.min(1024, Math.floor(ram / 4)));

function settings(args: KeeperRoleArgs): string {
  const { store, flavor, database, swift, recipient, baseHours, keepDays, drillHours, growth, restore } = args;
  const { host, port, password } = database;
  const values = {
    store,
    database: { host, port, user: KEEPER, password },
    ...swift,
    recipient,
    baseHours,
    keepDays,
    drillHours,
    drillPool: drillPool(flavor),
    growth,
    ...(restore && {
      restorer: { user: RESTORER, password: restore.restorerPassword },
      restore: { at: restore.at, containerUrl: restore.containerUrl },
    }),
  };
  return `${JSON.stringify(values, null, 2)}\n`;
}

export function keeperRole(args: KeeperRoleArgs): Role {
  return {
    name: "keeper",
    imageFiles: [...MODULES.map((name) => script(`keeper/${name}.py`)), ...units],
    bootFiles: [
      { path: SETTINGS, content: settings(args), mode: "0640" },
      { path: "/etc/ecommerce/database-ca.crt", content: args.database.caCertificate },
      { path: "/etc/ecommerce/backup.key", content: `${args.identity}\n`, mode: "0400" },
      ...(args.restore
        ? [{ path: "/etc/ecommerce/restore.key", content: `${args.restore.identity}\n`, mode: "0400" } as const]
        : []),
    ],
    imageSettings: {},
    settings: { DRILLS: args.drillHours > 0 ? "yes" : "no" },
    sysctl: {},
  };
}
