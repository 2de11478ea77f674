/**
 * What a feature adds to the plan of a store, as plain data from the configuration: groups of servers, the connections that
 * they need, and what is baked into their images. Discovery, security groups, images, doctor, estimate, quotas, policies,
 * rollouts and outputs go by the list of features in `index.ts`, so that a group is written once.
 */
import type { Role } from "../cloud-init/role";
import type { AccessConfig } from "../config/access-schema";
import type { CountedGroup, RootDisk, StoreConfig, Tier } from "../config/schema";
import type { SecurityRule } from "../core/security-rule";
import type { Service } from "../core/services";

/** From the smallest number of servers to the largest. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Sections of the stack file that say what servers are. */
export type ServerKey = CountedGroup["key"] | "database" | "database.backups" | "balancing.servers";

export interface ServerGroup {
  /** As in the names of its servers, and of its security group. */
  readonly name: string;
  /** Whose network it is in. */
  readonly tier: Tier;
  /** Several groups may have one. */
  readonly key: ServerKey;
  /** Name or id. */
  readonly image: string;
  /** The section that names the image, where that is another one. */
  readonly imageOf?: ServerKey;
  readonly flavor: string;
  /** Boot volume, where the flavor has no disk. */
  readonly rootDisk: RootDisk | undefined;
  readonly size: Range;
  /** Its servers are kept on different hypervisors, as far as there are several. */
  readonly apart: boolean;
  /** There is never more than one: the old server goes before its replacement comes, which gets its port. */
  readonly single?: boolean;
  /** Of its only server, where others must know it; none: Neutron chooses one. */
  readonly address?: string;
  /** What its servers do, where that is plain data. None: a component of the group's own puts it together, with secrets. */
  readonly role?: Role;
}

/** What decides who may connect to whom. */
export interface ConnectionFacts {
  readonly groups: readonly Pick<ServerGroup, "name" | "tier">[];
  /** CIDR of each tier's subnet. */
  readonly cidrs: Readonly<Record<Tier, string>>;
  /** Addresses of the app balancer's VIP and of the database. */
  readonly appVip: string;
  readonly database: string;
  /** Own addresses of two database servers, and of the keeper with the third voice; none: there is one database server. */
  readonly databasePair?: { readonly members: readonly [string, string]; readonly keeper: string } | undefined;
  readonly access: AccessConfig;
  /** Ports of the OpenStack endpoints that app servers use; none known: 443. */
  readonly servicePorts?: readonly number[] | undefined;
  /** The same of the keeper; none: there is no keeper. */
  readonly keeperPorts?: readonly number[] | undefined;
  /** Port of the mail relay; none: the shop sends no mail. */
  readonly mailPort?: number | undefined;
  /** Resolvers that DHCP hands out; none: Neutron's own, inside each subnet. */
  readonly dnsServers: readonly string[];
  /** Whether the database's router has a gateway. */
  readonly databaseEgress: boolean;
  /** What the balancers let members see: requests from the balancer itself, or the clients' own connections. */
  readonly balanced: "requests" | "connections";
  /** TLS ends on the web servers. */
  readonly webServesHttps: boolean;
  /** VIPs of the services that have clusters of their own; none: no service has one. */
  readonly services?: Readonly<Partial<Record<Service, string>>>;
  /** Balancers that are servers of our own; none: Octavia's. */
  readonly haproxy: readonly HaproxyPairFacts[];
}

/** The two servers of one tier's balancer. */
export interface HaproxyPairFacts {
  readonly tier: "web" | "app";
  /** CIDR of the tier, where members and balancers are. */
  readonly cidr: string;
  readonly addresses: readonly string[];
  /** Who may come. */
  readonly clients: readonly string[];
  readonly https: boolean;
  /** They tell each other which server each client uses. */
  readonly remembers: boolean;
}

export interface Feature {
  /** Of all groups that it may add; policies know resources by them. */
  readonly names: readonly string[];
  /** @returns its groups in a store of this configuration, from the shopper inwards */
  readonly groups: (config: StoreConfig) => readonly ServerGroup[];
  /** @returns what its groups need beside `platformRules` */
  readonly connections: (facts: ConnectionFacts) => readonly SecurityRule[];
  /** The role of its groups as it is baked into a golden image; what a server learns at its boot is blank. None: another feature's. */
  readonly image?: (config: StoreConfig) => Role;
}

type Machine = Pick<ServerGroup, "image" | "flavor" | "rootDisk">;

/** What a section of the stack file says of each server. */
export function machine(section: {
  readonly image: string;
  readonly flavor: string;
  readonly rootDisk?: RootDisk | undefined;
}): Machine {
  return { image: section.image, flavor: section.flavor, rootDisk: section.rootDisk };
}

/** A flavor for roles of which only what is baked is looked at. */
export const ANY_FLAVOR = { name: "", vcpus: 1, ram: 1024, disk: 0 };
