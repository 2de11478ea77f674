/** Room for the store at its largest. */
import { dataVolume } from "../../../components/cloud/restore-needs";
import { crowds, rollovers } from "../../../components/cloud/rollover-needs";
import type { StoreConfig } from "../../../components/config/schema";
import { servicesOf } from "../../../components/config/services-schema";
import { flavorCalled } from "../../../components/core/flavor";
import { pieceKeys } from "../../../components/core/wanted-accounts";
import { connectionFacts, ruleTable } from "../../../components/features/connections";
import type { ServerGroup } from "../../../components/features/feature";
import { serverGroups } from "../../../components/features/index";
import { routerRules } from "../../../components/features/router-firewall";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, unknown, wrong } from "../finding";

/** What the store takes whatever its size: networks, routers, and per-network ports of Neutron's and Octavia's. */
const FIXED = { networks: 3, subnets: 3, routers: 2, ports: 16, balancers: 2 };
/** Neutron's and Octavia's, for the balancer of one service. */
const BALANCER_PORTS = 3;
/** Keystone and Swift may each have a port of its own. */
const SERVICE_PORTS = [443, 5000];
/** Metadata of every server: project, stack, tier, its group for telemetry, and what it was made from. */
const LABELS = 5;
/** HAProxy has a port for each address that two servers share. */
const SHARED_ADDRESSES = 2;

interface Demand {
  readonly what: string;
  readonly needed: number;
  readonly limit: number;
  readonly used: number;
}

const amount = (value: unknown) => (typeof value === "number" ? value : 0);

/** A limit of -1 is none; nothing is said where there is room. */
function shortage({ what, needed, limit, used }: Demand): Finding[] {
  if (limit < 0 || used + needed <= limit) return [];
  return [wrong("quota", `${what}: ${needed} needed, ${Math.max(0, limit - used)} free of ${limit}`)];
}

/** A group, and how many servers more it may come to have, each with a port. */
interface Growth extends Pick<ServerGroup, "key" | "flavor" | "apart"> {
  readonly servers: number;
  /** At its largest, those that exist too. */
  readonly most: number;
  /** GiB of each boot volume; 0: none. */
  readonly rootDisk: number;
}

/** Each group at its largest; for an existing store, the servers that it may grow by. */
function growths(config: StoreConfig, stands: boolean): Growth[] {
  return serverGroups(config).map(({ key, flavor, rootDisk, size, apart }) => {
    const servers = stands ? size.most - size.least : size.most;
    return { key, flavor, apart, rootDisk: rootDisk?.size ?? 0, servers, most: size.most };
  });
}

/** The same while the servers of web and app are replaced at their largest. */
function withReplacements(config: StoreConfig, groups: readonly Growth[]): Growth[] {
  const more = new Map<string, number>(rollovers(config).map(({ key, servers }) => [key, servers]));
  return groups.map((group) => ({ ...group, servers: group.servers + (more.get(group.key) ?? 0) }));
}

/** Whether the stack is there already, by something that every store of its kind has. */
async function isThere(cloud: CloudView, { balancing }: StoreConfig, prefix: string): Promise<boolean> {
  if (balancing.driver === "octavia" && !cloud.has("load-balancer")) return false;
  const rows = balancing.driver === "octavia" ? await cloud.balancers() : await cloud.subnets();
  return rows.some(({ name }) => name === `${prefix}-web`);
}

/** @param prefix of the stack's names, by which it is seen whether it stands */
export async function quotas(cloud: CloudView, config: StoreConfig, prefix: string): Promise<Finding[]> {
  const stands = await isThere(cloud, config, prefix);
  const asksOctavia = config.balancing.driver === "octavia" && cloud.has("load-balancer");
  const groups = growths(config, stands);
  const servers = groups.reduce((sum, group) => sum + group.servers, 0);
  const grown = async (all: readonly Growth[]) => [
    ...(await compute(cloud, config, all)),
    ...(await volumes(cloud, config, all, stands, prefix)),
    ...(await network(cloud, config, all, stands)),
  ];
  const first = [...(await grown(groups)), ...(stands || !asksOctavia ? [] : await octavia(cloud, config))];
  const scope = stands ? "for all that the existing store may grow by" : "for the store at its largest";
  const { maxServerGroupMembers: members } = await cloud.computeLimits();
  // What is too small already needs no second word.
  const short = new Set(first.map(whatOf));
  const later = (await grown(withReplacements(config, groups))).filter((finding) => !short.has(whatOf(finding)));
  const untold = (await cloud.networkQuota())
    ? []
    : [unknown("quota", "Neutron does not say what is used of its quotas")];
  return [
    ...untold,
    ...(first.length > 0 ? first : [fine("quota", `room ${scope}: ${servers} servers`)]),
    ...later.map(({ key, text }) => unknown(key, `${text}, while web and app servers are replaced: ${PARTS}`)),
    ...crowds(config, amount(members ?? -1)).map(({ key, text }) => unknown(key, text)),
  ];
}

const PARTS = "change one tier at a time, replace at a smaller size, or ask for more";
const whatOf = ({ text }: Finding) => text.split(":")[0];

async function compute(cloud: CloudView, { database }: StoreConfig, groups: readonly Growth[]): Promise<Finding[]> {
  const servers = groups.reduce((sum, group) => sum + group.servers, 0);
  const [limits, flavors] = await Promise.all([cloud.computeLimits(), cloud.flavors()]);
  const total = (part: "vcpus" | "ram") =>
    groups.reduce((sum, { flavor, servers: count }) => {
      return sum + count * (flavorCalled(flavors, flavor)?.[part] ?? 0);
    }, 0);
  const demand = (what: string, needed: number, limit: string, used: string) =>
    shortage({ what, needed, limit: amount(limits[limit] ?? -1), used: amount(limits[used]) });
  // The database server learns from its metadata who may use it.
  const metadata = pieceKeys(database.stores, database.readers).length + LABELS;
  const members = amount(limits.maxServerGroupMembers ?? -1);
  const apart = groups.filter(({ apart: spread, servers: count }) => spread && count > 0).length;
  return [
    ...demand("servers", servers, "maxTotalInstances", "totalInstancesUsed"),
    ...demand("vCPUs", total("vcpus"), "maxTotalCores", "totalCoresUsed"),
    ...demand("MiB of memory", total("ram"), "maxTotalRAMSize", "totalRAMUsed"),
    ...(servers > 0 ? demand("server groups", apart, "maxServerGroups", "totalServerGroupsUsed") : []),
    ...demand("metadata items of the database server", metadata, "maxServerMeta", ""),
    ...groups
      .filter(({ apart: spread, most }) => spread && members >= 0 && most > members)
      .map(({ key, most }) => wrong(key, `${most} servers, but a server group takes ${members} at most`)),
  ];
}

async function volumes(
  cloud: CloudView,
  config: StoreConfig,
  groups: readonly Growth[],
  stands: boolean,
  prefix: string,
): Promise<Finding[]> {
  const limits = await cloud.volumeLimits();
  const roots = groups.filter(({ rootDisk }) => rootDisk > 0);
  const count = roots.reduce((sum, group) => sum + group.servers, stands ? 0 : dataVolumes(config));
  const size = roots.reduce(
    (sum, group) => sum + group.servers * group.rootDisk,
    await dataGiB(cloud, config, stands, prefix),
  );
  const demand = (what: string, needed: number, limit: string, used: string) =>
    shortage({ what, needed, limit: amount(limits[limit] ?? -1), used: amount(limits[used]) });
  return [
    ...demand("volumes", count, "maxTotalVolumes", "totalVolumesUsed"),
    ...demand("GiB of volumes", size, "maxTotalVolumeGigabytes", "totalGigabytesUsed"),
  ];
}

/** Each database server has one of its own. */
const dataVolumes = ({ database }: StoreConfig) => (database.mode === "pair" ? 2 : 1);

/** How much larger the database's volume may come to be than it is now. */
export async function dataGiB(
  cloud: Pick<CloudView, "existing">,
  config: StoreConfig,
  stands: boolean,
  prefix: string,
): Promise<number> {
  const { restore, volume } = config.database;
  const most = volume.grow?.to ?? volume.size;
  if (!stands) return most * dataVolumes(config);
  if (!volume.grow) return 0;
  const { volumeSizes } = await cloud.existing(prefix, config);
  return Math.max(0, most - (volumeSizes[dataVolume(prefix, restore)] ?? volume.size));
}

async function network(
  cloud: CloudView,
  config: StoreConfig,
  groups: readonly Growth[],
  stands: boolean,
): Promise<Finding[]> {
  const ports = groups.reduce((sum, group) => sum + group.servers, 0);
  const quota = await cloud.networkQuota();
  if (!quota) return [];
  const demand = (what: string, kind: string, needed: number) => {
    const { limit, used } = quota[kind] ?? { limit: -1, used: 0 };
    return shortage({ what, needed, limit, used });
  };
  if (stands) return demand("ports", "port", ports);
  const { cloud: own, balancing } = config;
  const rules = ruleTable(connectionFacts(config, SERVICE_PORTS));
  const shared = (balancing.driver === "haproxy" ? SHARED_ADDRESSES : 0) + (config.database.mode === "pair" ? 1 : 0);
  return [
    ...demand("networks", "network", FIXED.networks),
    ...demand("subnets", "subnet", FIXED.subnets),
    ...demand("routers", "router", own.router ? FIXED.routers - 1 : FIXED.routers),
    ...demand("floating IPs", "floatingip", own.floatingIp ? 0 : 1),
    ...demand("security groups", "security_group", serverGroups(config).length),
    ...demand("security group rules", "security_group_rule", rules.length),
    ...demand("ports", "port", ports + FIXED.ports + shared + servicesOf(config).length * BALANCER_PORTS),
    ...firewall(config, demand),
  ];
}

/** FWaaS counts rules, two policies and a group; as shipped a project has 100, 10 and 10. */
function firewall(config: StoreConfig, demand: (what: string, kind: string, needed: number) => Finding[]): Finding[] {
  if (!config.access.firewall) return [];
  return [
    ...demand("firewall groups", "firewall_group", 1),
    ...demand("firewall policies", "firewall_policy", 2),
    ...demand("firewall rules", "firewall_rule", routerRules(config, SERVICE_PORTS).length),
  ];
}

async function octavia(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  const [{ load_balancer: limit }, { length: used }] = await Promise.all([cloud.balancerQuota(), cloud.balancers()]);
  return shortage({
    what: "load balancers",
    needed: FIXED.balancers + servicesOf(config).length,
    limit: limit ?? -1,
    used,
  });
}
