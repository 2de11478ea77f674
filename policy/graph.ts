/** What waits for what in a store, and which parts belong to which balancer. */
import { isKind, type SeenInStore, type Store } from "./resources";

/** Whether something waits for another, directly or through others. */
export function comesAfter(one: SeenInStore, other: SeenInStore, passed = new Set<SeenInStore>()): boolean {
  return one.dependsOn.some((before) => {
    if (before === other) return true;
    if (passed.has(before)) return false;
    passed.add(before);
    return comesAfter(before, other, passed);
  });
}

export interface Race {
  readonly one: SeenInStore;
  readonly other: SeenInStore;
}

/** Each with the first of those before it in the list that neither waits for the other. */
export function races(parts: readonly SeenInStore[]): Race[] {
  return parts.flatMap((one, index) => {
    const other = parts.slice(0, index).find((earlier) => !comesAfter(one, earlier) && !comesAfter(earlier, one));
    return other ? [{ one, other }] : [];
  });
}

const BALANCER = "openstack:loadbalancer/loadBalancer:LoadBalancer";
/** Properties that lead from a balancer's part to what it is a part of; an elastic group's pool is a parameter. */
const LEADS = ["loadbalancerId", "listenerId", "poolId", "parameters"];

function balancerOf(part: SeenInStore): SeenInStore<typeof BALANCER> | undefined {
  const holders = LEADS.flatMap((property) => part.sources(property)).filter(({ kind }) =>
    kind.startsWith("openstack:loadbalancer/"),
  );
  const balancer = holders.find((holder) => isKind(holder, BALANCER));
  return balancer ?? holders.map(balancerOf).find((found) => found !== undefined);
}

/** Everything that changes a balancer, by the balancer. */
export function partsOf(store: Store): Map<SeenInStore<typeof BALANCER>, SeenInStore[]> {
  const parts = new Map<SeenInStore<typeof BALANCER>, SeenInStore[]>();
  for (const resource of store.resources) {
    const balancer = balancerOf(resource);
    if (balancer) parts.set(balancer, [...(parts.get(balancer) ?? []), resource]);
  }
  return parts;
}
