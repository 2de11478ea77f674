/** Balancers that are servers of our own, and what their user data tells of them. */
import { type Seen, type SeenInStore, type Store, tierOf, UNKNOWN } from "../resources";

const INSTANCE = "openstack:compute/instance:Instance";
export type BalancingServer = SeenInStore<typeof INSTANCE>;

/** The servers that balance a tier. */
export function balancersOf(store: Store, tier: "web" | "app"): BalancingServer[] {
  return store.of(INSTANCE).filter((server) => tierOf(server) === `${tier}-balancer`);
}

/** Whether a server's user data has a text; what a preview cannot know yet is trusted. */
export function says({ props }: Seen<typeof INSTANCE>, text: string): boolean {
  const { userData } = props;
  return !userData || userData === UNKNOWN || !userData.includes("cloud-config") || userData.includes(text);
}
