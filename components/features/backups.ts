/** The keeper: the one server beside the app servers that reaches the database, and carries its backups to Swift. */
import { arbiterRole } from "../cloud-init/roles/arbiter";
import { type KeeperRoleArgs, keeperRole } from "../cloud-init/roles/keeper";
import { addressPlan } from "../core/address-plan";
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
const BLANK: KeeperRoleArgs = {
  store: "",
  flavor: ANY_FLAVOR,
  database: { host: "", port: 0, password: "", caCertificate: "" },
  swift: { authUrl: "", containerUrl: "", writer: NOBODY, reader: NOBODY },
  recipient: "",
  identity: "",
  baseHours: 0,
  keepDays: 0,
  drillHours: 0,
};

export const backups: Feature = {
  names: ["keeper"],
  groups: ({ database: { backups: section, mode }, network: { app } }) => {
    if (!section) return [];
    // A pair lets in the keeper alone.
    const fixed = mode === "pair" ? { address: addressPlan(app.cidr, app.address).keeper } : {};
    // In the app network, which has a way out and a route to the database; the database itself needs none.
    return [{ ...KEEPER, ...machine(section), ...fixed }];
  },
  connections: ({ access, database, databasePair, keeperPorts }) =>
    keeperPorts
      ? [
          // Whichever has been away connects to the others.
          ...(databasePair?.members ?? []).flatMap((member) =>
            (["ingress", "egress"] as const).flatMap((direction) =>
              allow("keeper", direction, "tcp", PORTS.galera, [`${member}/32`], "its voice in the pair of databases"),
            ),
          ),
          ...allow("keeper", "egress", "tcp", PORTS.mysql, [`${database}/32`], "the database that it backs up"),
          ...keeperPorts.flatMap((port) =>
            allow("keeper", "egress", "tcp", port, access.services, "OpenStack endpoints"),
          ),
        ]
      : [],
  image: ({ database }) =>
    database.mode === "pair"
      ? arbiterRole({ ...BLANK, members: ["", ""], member: { certificate: "", key: "" } })
      : keeperRole(BLANK),
};
