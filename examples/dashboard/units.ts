/** Services of the operations server. Units of our own, so that no file of a package's is touched. */
import type { ServerFile } from "../../components/index";
import { PORTS } from "./prometheus";

export const READER = "/etc/ecommerce/reader.cnf";
export const CONSOLES = "/etc/ecommerce/consoles";
export const TEXTFILES = "/var/lib/ecommerce/metrics";
const PROMETHEUS_DATA = "/var/lib/prometheus/ecommerce";
const RETENTION = "30d";
const local = (port: number) => `--web.listen-address=127.0.0.1:${port}`;

/** What runs all the time, by the unit's name. */
export const SERVICES: Readonly<Record<string, readonly string[]>> = {
  "operations-prometheus": [
    "/usr/bin/prometheus",
    local(PORTS.prometheus),
    "--config.file=/etc/ecommerce/prometheus.yml",
    `--storage.tsdb.path=${PROMETHEUS_DATA}`,
    `--storage.tsdb.retention.time=${RETENTION}`,
    `--web.console.templates=${CONSOLES}`,
    `--web.console.libraries=${CONSOLES}`,
  ],
  "operations-node-exporter": [
    "/usr/bin/prometheus-node-exporter",
    local(PORTS.node),
    `--collector.textfile.directory=${TEXTFILES}`,
  ],
  // A reader sees the server's status, but nothing of its replicas.
  "operations-mysqld-exporter": [
    "/usr/bin/prometheus-mysqld-exporter",
    local(PORTS.mysqld),
    `--config.my-cnf=${READER}`,
    "--no-collect.slave_status",
  ],
  "operations-blackbox-exporter": [
    "/usr/bin/prometheus-blackbox-exporter",
    local(PORTS.blackbox),
    "--config.file=/etc/ecommerce/blackbox.yml",
  ],
};

/** What runs now and then. */
const JOBS = {
  "operations-orders": { what: "Counts the shop's orders", command: "metrics", when: "OnUnitActiveSec=1min" },
  "operations-report": { what: "Puts the hour's report into Swift", command: "report", when: "OnCalendar=hourly" },
} as const;
export const TIMERS = Object.keys(JOBS).map((name) => `${name}.timer`);

const HARDENING = `User=prometheus
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict
ReadWritePaths=${PROMETHEUS_DATA} ${TEXTFILES}
CapabilityBoundingSet=
`;

export function unitFiles(): ServerFile[] {
  const unit = (name: string, content: string) => ({ path: `/etc/systemd/system/${name}`, content });
  return [
    ...Object.entries(SERVICES).map(([name, command]) =>
      unit(
        `${name}.service`,
        `[Unit]
Description=${name} for the store
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${command.join(" ")}
Restart=on-failure
RestartSec=5
${HARDENING}
[Install]
WantedBy=multi-user.target
`,
      ),
    ),
    ...Object.entries(JOBS).flatMap(([name, { what, command, when }]) => [
      unit(
        `${name}.service`,
        `[Unit]
Description=${what}

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /usr/local/lib/ecommerce/orders.py ${command}
TimeoutStartSec=120
${HARDENING}`,
      ),
      unit(
        `${name}.timer`,
        `[Unit]
Description=${what}

[Timer]
OnBootSec=1min
${when}

[Install]
WantedBy=timers.target
`,
      ),
    ]),
  ];
}
