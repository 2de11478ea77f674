/** How each kind of object that the program makes is found again in the cloud, from nothing but its inputs. */
import type { CloudApi } from "../../components/cloud/api";

type Inputs = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, unknown>>;

export interface Lookup {
  /** Service, path and the key of the list in the answer. */
  readonly list: (inputs: Inputs) => readonly [service: string, path: string, key: string];
  /** Picks the object among those listed; default: all that the path's own filter lets through. */
  readonly match?: (item: Item, inputs: Inputs) => boolean;
  /** Pulumi's id; default: the object's own. */
  readonly id?: (item: Item, inputs: Inputs) => string;
  /** False while the cloud still works on it; default: it is ready at once. */
  readonly isSettled?: (item: Item) => boolean;
  /** Inputs without which the provider cannot read it by its id, and would take it for gone. */
  readonly readWith?: readonly string[];
}

/** Made once more without harm, since the API takes the same request twice; or not objects of the cloud at all. */
export const REPEATABLE: readonly RegExp[] = [
  /^openstack:networking\/floatingIpAssociate:/,
  /^openstack:objectstorage\/container:/,
  // Under another name, since Keystone tells a credential's secret only once.
  /^openstack:identity\/applicationCredential:/,
  /^random:/,
];

const query = (wanted: Inputs) =>
  Object.entries(wanted)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`)
    .join("&");

const neutron =
  (collection: string, wanted: (inputs: Inputs) => Inputs): Lookup["list"] =>
  (inputs) => ["network", `/v2.0/${collection}?${query(wanted(inputs))}`, collection.replaceAll("-", "_")];

/** FWaaS has its collections below a folder of its own, with the underscore in the path too. */
const fwaas = (collection: string): Lookup["list"] => {
  return ({ name }) => ["network", `/v2.0/fwaas/${collection}?${query({ name })}`, collection];
};

const octavia =
  (collection: string, wanted: (inputs: Inputs) => Inputs): Lookup["list"] =>
  (inputs) => ["load-balancer", `/v2/lbaas/${collection}?${query(wanted(inputs))}`, collection];

const hasName: Lookup["match"] = (item, { name }) => item.name === name;
const isProvisioned: Lookup["isSettled"] = ({ provisioning_status: status }) => !String(status).startsWith("PENDING");

/**
 * Whether an object is the project's, and of the store that the inputs say: administrators see those of all projects, and
 * another store may have taken the name.
 */
function isOfStore(item: Item, { tags, metadata, description }: Inputs, projectId: string): boolean {
  const owner = item.project_id ?? item.tenant_id ?? item["os-vol-tenant-attr:tenant_id"];
  if (owner !== undefined && owner !== null && owner !== "" && owner !== projectId) return false;
  const theirs = Array.isArray(item.tags) ? item.tags : undefined;
  // The provider tags Neutron's objects after they are made; cut off in between, one has our description alone.
  const isUntagged = theirs?.length === 0 && typeof description === "string" && item.description === description;
  if (Array.isArray(tags) && theirs && !isUntagged && !tags.every((tag) => theirs.includes(tag))) return false;
  // A state has secrets among the metadata in their encrypted form.
  const [own, wanted] = [Object(item.metadata), Object(metadata)];
  return (
    item.metadata === undefined ||
    ["project", "stack", "tier"].every((key) => typeof wanted[key] !== "string" || own[key] === wanted[key])
  );
}

/** Neutron writes what is not set as null, the program leaves it out. */
const same = (theirs: unknown, ours: unknown) => (theirs ?? undefined) === (ours ?? undefined);

export const LOOKUPS: Readonly<Record<string, Lookup>> = {
  "openstack:networking/network:Network": { list: neutron("networks", ({ name }) => ({ name })) },
  "openstack:networking/subnet:Subnet": {
    list: neutron("subnets", ({ name, networkId }) => ({ name, network_id: networkId })),
  },
  "openstack:networking/router:Router": { list: neutron("routers", ({ name }) => ({ name })) },
  "openstack:networking/routerInterface:RouterInterface": {
    list: neutron("ports", ({ routerId, portId }) => ({ device_id: routerId, id: portId })),
    match: ({ fixed_ips: addresses }, { subnetId }) =>
      subnetId === undefined ||
      (Array.isArray(addresses) && addresses.some(({ subnet_id: subnet }) => subnet === subnetId)),
  },
  "openstack:networking/subnetRoute:SubnetRoute": {
    list: neutron("subnets", ({ subnetId }) => ({ id: subnetId })),
    match: ({ host_routes: routes }, { destinationCidr, nextHop }) =>
      Array.isArray(routes) &&
      routes.some(({ destination, nexthop }) => destination === destinationCidr && nexthop === nextHop),
    id: (_, { subnetId, destinationCidr, nextHop }) => `${subnetId}-route-${destinationCidr}-${nextHop}`,
  },
  "openstack:networking/port:Port": {
    list: neutron("ports", ({ name, networkId }) => ({ name, network_id: networkId })),
  },
  "openstack:networking/floatingIp:FloatingIp": {
    list: neutron("floatingips", ({ description }) => ({ description })),
  },
  "openstack:networking/secGroup:SecGroup": { list: neutron("security-groups", ({ name }) => ({ name })) },
  "openstack:networking/secGroupRule:SecGroupRule": {
    list: neutron("security-group-rules", ({ securityGroupId, direction }) => ({
      security_group_id: securityGroupId,
      direction,
    })),
    match: (item, inputs) =>
      same(item.protocol, inputs.protocol) &&
      same(item.port_range_min, inputs.portRangeMin) &&
      same(item.port_range_max, inputs.portRangeMax) &&
      same(item.remote_ip_prefix, inputs.remoteIpPrefix) &&
      same(item.remote_group_id, inputs.remoteGroupId),
  },
  "openstack:firewall/ruleV2:RuleV2": { list: fwaas("firewall_rules") },
  "openstack:firewall/policyV2:PolicyV2": { list: fwaas("firewall_policies") },
  "openstack:firewall/groupV2:GroupV2": {
    list: fwaas("firewall_groups"),
    isSettled: ({ status }) => !String(status).startsWith("PENDING"),
  },
  "openstack:compute/serverGroup:ServerGroup": {
    list: () => ["compute", "/os-server-groups", "server_groups"],
    match: hasName,
  },
  "openstack:compute/instance:Instance": {
    list: ({ name }) => ["compute", `/servers/detail?${query({ name: `^${name}$` })}`, "servers"],
    match: hasName,
    isSettled: ({ status }) => status !== "BUILD",
  },
  "openstack:compute/volumeAttach:VolumeAttach": {
    list: ({ instanceId }) => ["compute", `/servers/${instanceId}/os-volume_attachments`, "volumeAttachments"],
    match: (item, { volumeId }) => item.volumeId === volumeId,
    id: (_, { instanceId, volumeId }) => `${instanceId}/${volumeId}`,
  },
  "openstack:blockstorage/volume:Volume": {
    list: ({ name }) => ["block-storage", `/volumes/detail?${query({ name })}`, "volumes"],
    match: hasName,
    isSettled: ({ status }) => !["creating", "downloading"].includes(String(status)),
  },
  "openstack:loadbalancer/loadBalancer:LoadBalancer": {
    list: octavia("loadbalancers", ({ name }) => ({ name })),
    isSettled: isProvisioned,
  },
  "openstack:loadbalancer/listener:Listener": {
    list: octavia("listeners", ({ name, loadbalancerId }) => ({ name, load_balancer_id: loadbalancerId })),
    isSettled: isProvisioned,
  },
  "openstack:loadbalancer/pool:Pool": {
    list: octavia("pools", ({ name }) => ({ name })),
    match: ({ loadbalancers: theirs }, { loadbalancerId: own }) =>
      typeof own !== "string" || !Array.isArray(theirs) || theirs.some(({ id }) => id === own),
    isSettled: isProvisioned,
  },
  "openstack:loadbalancer/monitor:Monitor": {
    list: octavia("healthmonitors", ({ name, poolId }) => ({ name, pool_id: poolId })),
    isSettled: isProvisioned,
  },
  "openstack:loadbalancer/member:Member": {
    list: ({ poolId }) => ["load-balancer", `/v2/lbaas/pools/${poolId}/members`, "members"],
    match: (item, { address, protocolPort }) => item.address === address && item.protocol_port === protocolPort,
    isSettled: isProvisioned,
    readWith: ["poolId"],
  },
  // One that failed is adopted too: Heat's next update mends it.
  "openstack:orchestration/stackV1:StackV1": {
    list: ({ name }) => ["orchestration", `/stacks?${query({ name })}`, "stacks"],
    match: (item, { name }) => item.stack_name === name,
    isSettled: ({ stack_status: status }) => !String(status).endsWith("IN_PROGRESS"),
  },
};

/**
 * The objects of the project that match; more than one is for the caller to refuse.
 * @param projectId the stack's
 */
export async function lookUp(
  cloud: Pick<CloudApi, "call">,
  lookup: Lookup,
  inputs: Inputs,
  projectId: string,
): Promise<Item[]> {
  const [service, path, key] = lookup.list(inputs);
  const own = ["network", "load-balancer"].includes(service) && path.includes("?") ? `&project_id=${projectId}` : "";
  const found = (await cloud.call(service, `${path}${own}`))[key];
  if (!Array.isArray(found)) throw new Error(`the answer to ${path} has no ${key}`);
  // Looked at again: a service may ignore what it does not know in a query.
  return found.filter((item: Item) => isOfStore(item, inputs, projectId) && (lookup.match?.(item, inputs) ?? true));
}
