/** The operations role: Prometheus, its exporters, dashboards, and reports of orders. */
import path from "node:path";
import { stringify } from "yaml";
import { type Role, type ServerFile, script } from "../../components/index";
import { consoles } from "./consoles";
import { blackboxConfig, PORTS, type PrometheusArgs, prometheusConfig } from "./prometheus";
import { CONSOLES, READER, SERVICES, TEXTFILES, TIMERS, unitFiles } from "./units";

export interface OperationsRoleArgs extends PrometheusArgs {
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly stores: readonly string[];
    readonly reader: string;
    readonly password: string;
    /** PEM */
    readonly caCertificate: string;
  };
  readonly tablePrefix: string;
  readonly reports: {
    /** Address of the Swift container. */
    readonly url: string;
    /** Signs uploads into that container, and into no other. */
    readonly key: string;
  };
}

const CA = "/etc/ecommerce/tls/ca.crt";

/** For both kinds of clients, of which each knows one of the last two, and for the exporter, which always verifies. */
const readerConf = ({ host, port, reader, password }: OperationsRoleArgs["database"]) => `[client]
host = ${host}
port = ${port}
user = ${reader}
password = ${password}
ssl-ca = ${CA}
loose-ssl-verify-server-cert
loose-ssl-mode = VERIFY_IDENTITY
`;

/** Dashboards are looked at through a tunnel, which leads nowhere else. */
const sshd = `AllowTcpForwarding local
PermitOpen 127.0.0.1:${PORTS.prometheus} localhost:${PORTS.prometheus}
`;

export function operationsRole(args: OperationsRoleArgs): Role {
  const { database, reports, tablePrefix } = args;
  const forOne = (file: string, content: string): ServerFile => ({ path: file, content, mode: "0640" });
  const orders = {
    reader: READER,
    stores: database.stores,
    tablePrefix,
    textfile: `${TEXTFILES}/orders.prom`,
    reports,
  };
  return {
    name: "operations",
    scripts: __dirname,
    imageFiles: [
      script("orders.py", undefined, __dirname),
      { path: "/etc/ssh/sshd_config.d/05-operations.conf", content: sshd },
      { path: "/etc/ecommerce/blackbox.yml", content: stringify(blackboxConfig) },
      ...unitFiles(),
    ],
    bootFiles: [
      { path: CA, content: database.caCertificate },
      forOne(READER, readerConf(database)),
      forOne("/etc/ecommerce/prometheus.yml", stringify(prometheusConfig(args))),
      forOne("/etc/ecommerce/orders.json", `${JSON.stringify(orders)}\n`),
      ...Object.entries(consoles(args.store)).map(([name, content]) => ({ path: path.join(CONSOLES, name), content })),
    ],
    imageSettings: { SERVICES: Object.keys(SERVICES).join(" "), TIMERS: TIMERS.join(" ") },
    settings: {},
    sysctl: {},
  };
}
