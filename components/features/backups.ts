/** The keeper: the one server beside the app servers that reaches the database, and carries its backups to Swift. */
import { keeperRole } from "../cloud-init/roles/keeper";
import { allow, PORTS } from "../core/security-rule";
import { ANY_FLAVOR, type Feature, machine } from "./feature";

const ONE = { least: 1, most: 1 };
/** Two that ship one database's log at once would be two timelines in one container. */
const KEEPER = {
  name: "keeper",
  tier: "app",
  key: "database.backups",
  size: ONE,
  apart: false,
  single: true,
} as const;
const NOBODY = { id: "", secret: "" };

export const backups: Feature = {
  names: ["keeper"],
  groups: ({ database: { backups: section } }) =>
    section
      ? // In the app network, which has a way out and a route to the database; the database itself needs none.
        [{ ...KEEPER, ...machine(section) }]
      : [],
  connections: ({ access, database, keeperPorts }) =>
    keeperPorts
      ? [
          ...allow("keeper", "egress", "tcp", PORTS.mysql, [`${database}/32`], "the database that it backs up"),
          ...keeperPorts.flatMap((port) =>
            allow("keeper", "egress", "tcp", port, access.services, "OpenStack endpoints"),
          ),
        ]
      : [],
  image: () =>
    keeperRole({
      store: "",
      flavor: ANY_FLAVOR,
      database: { host: "", port: 0, password: "", caCertificate: "" },
      swift: { authUrl: "", containerUrl: "", writer: NOBODY, reader: NOBODY },
      recipient: "",
      identity: "",
      baseHours: 0,
      keepDays: 0,
      drillHours: 0,
    }),
};
