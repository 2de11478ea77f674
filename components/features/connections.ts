/**
 * Which group may connect to which: one table, from which the security groups are rendered. Everything that is not in it is
 * refused, in both directions. Remote ends are CIDRs, not group ids, so that policies read all of it in a first preview.
 */
import { remembersClients } from "../cloud-init/roles/haproxy";
import { balancesConnections, slotsOf } from "../config/balancing-schema";
import type { StoreConfig, Tier } from "../config/schema";
import { servicesOf } from "../config/services-schema";
import { addressPlan } from "../core/address-plan";
import { allow, distinctRules, PORTS, type SecurityRule } from "../core/security-rule";
import type { ConnectionFacts, HaproxyPairFacts } from "./feature";
import { FEATURES, serverGroups } from "./index";

/** Nova's metadata service, the source of every server's user data. */
const METADATA = "169.254.169.254/32";
const BROADCAST = "255.255.255.255/32";

/**
 * @param storagePorts of Keystone and Swift; none known: 443
 * @param keeperPorts of what the keeper asks; none: the same
 */
export function connectionFacts(
  config: StoreConfig,
  storagePorts?: readonly number[],
  keeperPorts = storagePorts,
): ConnectionFacts {
  const { access, balancing, database, network, shop } = config;
  const plan = (tier: Tier) => addressPlan(network[tier].cidr, network[tier].address, slotsOf(balancing));
  const cidrs = { web: network.web.cidr, app: network.app.cidr, db: network.db.cidr };
  const pair = (tier: "web" | "app", clients: readonly string[]): HaproxyPairFacts => ({
    tier,
    cidr: cidrs[tier],
    addresses: plan(tier).sharers,
    clients,
    https: tier === "web" && balancing.tls !== undefined,
    remembers: remembersClients(balancing[tier]),
  });
  return {
    groups: serverGroups(config),
    cidrs,
    appVip: plan("app").fixedIp,
    services: serviceVips(config),
    database: plan("db").fixedIp,
    databasePair: database.mode === "pair" ? { members: plan("db").sharers, keeper: plan("app").keeper } : undefined,
    access,
    servicePorts: shop.media.driver === "swift" ? storagePorts : undefined,
    keeperPorts: database.backups && (keeperPorts ?? [PORTS.https]),
    mailPort: shop.mail?.port,
    dnsServers: config.cloud.dnsServers,
    databaseEgress: database.egress,
    balanced: balancesConnections(balancing) ? "connections" : "requests",
    webServesHttps: balancesConnections(balancing) && balancing.tls !== undefined,
    haproxy: balancing.driver === "haproxy" ? [pair("web", access.shoppers), pair("app", [cidrs.web])] : [],
  };
}

/** Where web servers find each service that has a cluster of its own. */
export function serviceVips(
  config: Pick<StoreConfig, "network" | "services">,
): NonNullable<ConnectionFacts["services"]> {
  const { services } = addressPlan(config.network.app.cidr, config.network.app.address);
  return Object.fromEntries(servicesOf(config).map(([name, { address }]) => [name, address ?? services[name]]));
}

/** The whole table, without duplicates, in a stable order. */
export function ruleTable(facts: ConnectionFacts): SecurityRule[] {
  const rules = [
    ...facts.groups.flatMap(({ name, tier }) =>
      platformRules(name, { ...facts, subnet: facts.cidrs[tier], leadsOut: tier !== "db" || facts.databaseEgress }),
    ),
    ...FEATURES.flatMap(({ connections }) => connections(facts)),
  ];
  // Of two reasons the feature's own is shown.
  return distinctRules(rules);
}

export interface PlatformFacts extends Pick<ConnectionFacts, "dnsServers"> {
  readonly access: Pick<ConnectionFacts["access"], "admins" | "ntp" | "packages">;
  /** CIDR in which Neutron's own resolvers are. */
  readonly subnet: string;
  /** Whether its router has a gateway. */
  readonly leadsOut: boolean;
}

/** What every server needs beside its job, in a store or beside one. @param name of its group */
export function platformRules(name: string, { access, dnsServers, subnet, leadsOut }: PlatformFacts): SecurityRule[] {
  const resolvers = leadsOut && dnsServers.length > 0 ? dnsServers.map((address) => `${address}/32`) : [subnet];
  const always = [
    ...allow(name, "ingress", "tcp", PORTS.ssh, access.admins, "administration"),
    // OVN judges a server's search for its address like everything else; other backends let it pass by themselves.
    ...allow(name, "egress", "udp", PORTS.dhcp, [BROADCAST, subnet], "its address"),
    ...allow(name, "egress", "tcp", PORTS.http, [METADATA], "metadata service"),
    ...allow(name, "egress", "udp", PORTS.dns, resolvers, "name resolution"),
    ...allow(name, "egress", "tcp", PORTS.dns, resolvers, "name resolution"),
  ];
  if (!leadsOut) return always;
  return [
    ...always,
    ...allow(name, "egress", "udp", PORTS.ntp, access.ntp, "time"),
    ...allow(name, "egress", "tcp", PORTS.http, access.packages, "package mirrors"),
    ...allow(name, "egress", "tcp", PORTS.https, access.packages, "package mirrors"),
  ];
}
