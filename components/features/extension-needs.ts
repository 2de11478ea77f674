/** Extensions of Neutron that a store sends attributes of; a Neutron without one answers 400 or 404, with half a store. */
import type { StoreConfig } from "../config/schema";

export interface ExtensionNeed {
  /** Key of the stack file that asks for it. */
  readonly key: string;
  /** As `openstack extension list --network` has it. */
  readonly alias: string;
  /** What to do on a cloud without it, in words. */
  readonly otherwise: string;
  /** The same as values by key; undefined takes a key away. None: there is no store without it. */
  readonly set?: Readonly<Record<string, unknown>>;
}

const BASIC = ["router", "external-net", "security-group", "standard-attr-description", "standard-attr-tag"];

export function extensionNeeds({ access, balancing, database, network }: StoreConfig): ExtensionNeed[] {
  const pairs = "two servers share an address by it";
  return [
    ...BASIC.map((alias) => ({ key: "cloud", alias, otherwise: "no store is without it" })),
    ...(access.firewall === undefined
      ? []
      : [
          {
            key: "access.firewall",
            alias: "fwaas_v2",
            otherwise: "take it away; the security groups hold without it",
            set: { "access.firewall": undefined },
          },
        ]),
    ...(network.mtu === undefined
      ? []
      : [
          {
            key: "network.mtu",
            alias: "net-mtu-writable",
            otherwise: "take it away, and networks have the cloud's own",
            set: { "network.mtu": undefined },
          },
        ]),
    ...(balancing.driver === "haproxy"
      ? [
          {
            key: "balancing.driver",
            alias: "allowed-address-pairs",
            otherwise: `${pairs}; set octavia`,
            set: { "balancing.driver": "octavia", "balancing.servers": undefined },
          },
        ]
      : []),
    ...(database.mode === "pair"
      ? [
          {
            key: "database.mode",
            alias: "allowed-address-pairs",
            otherwise: `${pairs}; set single`,
            set: { "database.mode": "single" },
          },
        ]
      : []),
  ];
}
