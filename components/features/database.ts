/** The database server. */
import { databaseRole } from "../cloud-init/roles/database";
import { allow, PORTS } from "../core/security-rule";
import { ANY_FLAVOR, type Feature, machine } from "./feature";

const ONE = { least: 1, most: 1 };

export const database: Feature = {
  names: ["db"],
  groups: ({ database: section }) => [
    { name: "db", tier: "db", key: "database", ...machine(section), size: ONE, apart: false },
  ],
  connections: ({ access, cidrs, databaseEgress }) => [
    ...allow("db", "ingress", "tcp", PORTS.mysql, [cidrs.app], "app servers' queries"),
    ...(databaseEgress ? allow("db", "egress", "tcp", PORTS.https, access.services, "OpenStack endpoints") : []),
  ],
  image: ({ network }) =>
    databaseRole({
      flavor: ANY_FLAVOR,
      address: "",
      port: 0,
      volumeId: "",
      owner: "",
      resolves: false,
      clients: network.app.cidr,
      accountsKey: "",
      tls: { caCertificate: "", serverCertificate: "", serverKey: "" },
    }),
};
