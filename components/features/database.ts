/** The database server, or the two of a pair. */
import { type DatabaseRoleArgs, databaseRole } from "../cloud-init/roles/database";
import { pairRole } from "../cloud-init/roles/pair";
import { allow, PORTS, type SecurityRule } from "../core/security-rule";
import { ANY_FLAVOR, type ConnectionFacts, type Feature, machine } from "./feature";

const ONE = { least: 1, most: 1 };
const PAIR = { least: 2, most: 2 };
/** Between the two, in both directions. */
const TOLD = {
  galera: "what each of the two writes",
  galeraMissed: "what one of the two has missed",
  galeraCopy: "a copy of all data",
  pairTold: "how far the data of each is",
} as const;
const NODE = { name: "", address: "" };

export const database: Feature = {
  names: ["db"],
  groups: ({ database: section }) => {
    const isPair = section.mode === "pair";
    return [{ name: "db", tier: "db", key: "database", ...machine(section), size: isPair ? PAIR : ONE, apart: isPair }];
  },
  connections: ({ access, cidrs, databaseEgress, databasePair }) => [
    ...allow("db", "ingress", "tcp", PORTS.mysql, [cidrs.app], "app servers' queries"),
    ...(databaseEgress ? allow("db", "egress", "tcp", PORTS.https, access.services, "OpenStack endpoints") : []),
    ...(databasePair ? pairConnections(databasePair) : []),
  ],
  image: ({ network, database: { mode } }) => {
    const blank: DatabaseRoleArgs = {
      flavor: ANY_FLAVOR,
      address: "",
      port: 0,
      volumeId: "",
      owner: "",
      resolves: false,
      clients: network.app.cidr,
      accountsKey: "",
      tls: { caCertificate: "", serverCertificate: "", serverKey: "" },
    };
    if (mode === "single") return databaseRole(blank);
    const member = { certificate: "", key: "" };
    return pairRole({ ...blank, number: 1, own: NODE, peer: NODE, password: "", member, keeperPassword: "" });
  },
};

function pairConnections({ members, keeper }: NonNullable<ConnectionFacts["databasePair"]>): SecurityRule[] {
  const both = members.map((address) => `${address}/32`);
  return [
    ...(["ingress", "egress"] as const).flatMap((direction) => [
      ...allow("db", direction, "tcp", PORTS.galera, [`${keeper}/32`], "the keeper's voice"),
      ...allow("db", direction, "vrrp", undefined, both, "which of the two has the shared address"),
      ...(Object.keys(TOLD) as (keyof typeof TOLD)[]).flatMap((port) =>
        allow("db", direction, "tcp", PORTS[port], both, TOLD[port]),
      ),
    ]),
  ];
}
