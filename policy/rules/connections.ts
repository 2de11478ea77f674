/** Balancers that pass connections on as they are: what they cannot enforce, the members' security groups do. */
import { isKind, type Seen, type SeenInStore } from "../resources";

const BALANCER = "openstack:loadbalancer/loadBalancer:LoadBalancer";

/** Whether a balancer is Octavia's of provider ovn: no HTTP, no TLS, no `allowedCidrs`, and the client's own address. */
export function keepsClients(resource: Seen): boolean {
  return isKind(resource, BALANCER) && resource.props.loadbalancerProvider === "ovn";
}

/** The same of the balancer that a listener is of. */
export function passesClientsOn(listener: SeenInStore): boolean {
  return listener.sources("loadbalancerId").some(keepsClients);
}
