/** Changes of the stack file that replace a balancer, and close the shop meanwhile; `compute/planned-outage.ts` tells of servers. */
import type { StoreConfig } from "../config/schema";
import { addressPlan } from "../core/address-plan";
import type { ExistingStore } from "./existing-store";

/** @returns one sentence each, with its key */
export function balancerOutages({ balancing, network }: StoreConfig, { balancers }: ExistingStore): string[] {
  return (["web", "app"] as const).flatMap((tier) => {
    const existing = balancers[tier];
    if (!existing) return [];
    const { cidr, address } = network[tier];
    const wanted = addressPlan(cidr, address).fixedIp;
    const causes = [
      ...(wanted === existing.address ? [] : [`network.${tier}.address: ${wanted} instead of ${existing.address}`]),
      ...(balancing.driver === "octavia" && balancing.provider && balancing.provider !== existing.provider
        ? [`balancing.provider: ${balancing.provider} instead of ${existing.provider}`]
        : []),
      ...(balancing.driver === "octavia" ? [] : ["balancing.driver: HAProxy instead of Octavia"]),
    ];
    if (causes.length === 0) return [];
    return [
      `the ${tier} balancer is deleted before another one is made, and the shop is closed for about a minute (${causes.join("; ")})`,
    ];
  });
}
