/** Ports on a stack's own networks that neither the stack nor OpenStack itself has put there. */
import { z } from "zod";
import type { CloudApi } from "../../components/cloud/api";
import type { StateResource } from "./state";

const portSchema = z.object({
  id: z.string(),
  name: z.string(),
  device_id: z.string(),
  device_owner: z.string(),
  tags: z.array(z.string()).default([]),
  fixed_ips: z.array(z.object({ ip_address: z.string() })),
});
type Port = z.output<typeof portSchema>;

export interface ForeignPort {
  /** Name of the network. */
  readonly network: string;
  readonly port: string;
}

const NETWORK = "openstack:networking/network:Network";
const ROUTER_LEG = "openstack:networking/routerInterface:RouterInterface";
/** Owners of router legs of every kind, e.g. `network:router_interface_distributed`. */
const ROUTER = /^network:(ha_)?router_/;
/** Owners of OpenStack's own ports: Neutron's, and those from which OVN's balancers look at their members. */
const PLATFORM = /^(network|ovn-lb-hm):/;

/** Whether the stack has networks of its own, as opposed to adopted ones. */
export function hasNetworks(resources: readonly StateResource[]): boolean {
  return resources.some(({ type }) => type === NETWORK);
}

/** @param tag what the stack's objects are tagged with: members of elastic groups are Heat's, and in no state */
export async function foreignPorts(
  cloud: Pick<CloudApi, "call">,
  resources: readonly StateResource[],
  tag: string,
): Promise<ForeignPort[]> {
  const ids = new Set(resources.map(({ id }) => id));
  const routers = new Set(resources.filter(({ type }) => type === ROUTER_LEG).map(({ inputs }) => inputs.routerId));
  const isOwn = ({ id, name, device_id: device, device_owner: owner, tags }: Port) =>
    ids.has(id) ||
    tags.includes(tag) ||
    (ROUTER.test(owner) ? routers.has(device) : PLATFORM.test(owner)) ||
    ids.has(device.replace(/^lb-/, "")) ||
    // Amphorae's own, which Octavia removes with the balancer; only administrators see them.
    name.startsWith("octavia-lb-vrrp-");

  const foreign: ForeignPort[] = [];
  for (const { id, inputs } of resources.filter(({ type }) => type === NETWORK)) {
    const { ports } = await cloud.call("network", `/v2.0/ports?network_id=${id}`);
    for (const port of z.array(portSchema).parse(ports)) {
      if (!isOwn(port)) foreign.push({ network: String(inputs.name), port: described(port) });
    }
  }
  return foreign;
}

function described({ id, name, device_id: device, device_owner: owner, fixed_ips: addresses }: Port): string {
  const details = [
    ...addresses.map(({ ip_address: address }) => address),
    ...(device ? [`${owner || "device"} ${device}`] : ["of no device"]),
  ];
  return `${name || id} (${details.join(", ")})`;
}
