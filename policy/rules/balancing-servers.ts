/** Balancers that are servers of our own, and what their user data tells of them. */
import { bootsOf } from "../boots";
import { type SeenInStore, type Store, tierOf } from "../resources";

const INSTANCE = "openstack:compute/instance:Instance";
export type BalancingServer = SeenInStore<typeof INSTANCE>;

/** The servers that balance a tier. */
export function balancersOf(store: Store, tier: "web" | "app"): BalancingServer[] {
  return store.of(INSTANCE).filter((server) => tierOf(server) === `${tier}-balancer`);
}

/** Whether a server's user data has a text; what a preview cannot know yet is trusted. */
export function says(server: BalancingServer, text: string): boolean {
  return bootsOf(server).every((boot) => boot.text === "" || boot.text.includes(text));
}
