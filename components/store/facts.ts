/** What a policy could not know from the resources alone; registered beside the outputs, under these names. */
import type { Cloud } from "../cloud/discover";
import type { Prices, StoreConfig } from "../config/schema";
import type { Flavor } from "../core/flavor";

export interface PolicyFacts {
  /** The flavors that the servers use. */
  readonly flavors: readonly Flavor[];
  readonly prices: Prices | undefined;
}

/** Policies cannot ask the cloud: here they read how large its flavors are, and what they cost. */
export function factsOf({ config, cloud }: { readonly config: StoreConfig; readonly cloud: Cloud }): PolicyFacts {
  const flavors = Object.values(cloud.machines).map(({ flavor }) => flavor);
  return { flavors, prices: config.prices };
}
