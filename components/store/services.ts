/** Services of the shop with servers of their own: each a part of the app tier, with a balancer, a group and a rollout for itself. */
import type * as pulumi from "@pulumi/pulumi";
import type { Role } from "../cloud-init/role";
import { servicesOf } from "../config/services-schema";
import type { Service } from "../core/services";
import { serviceVips } from "../features/connections";
import { onceTakenOver } from "../readiness/once-serving";
import { type BalancedTier, type BalancedTierArgs, makeBalancedTier } from "./balanced-tier";

export interface ServicesArgs extends Omit<BalancedTierArgs, "tier" | "service" | "role"> {
  readonly roleOf: (service: Service) => pulumi.Output<Role>;
  readonly app: Pick<BalancedTier, "group" | "handover">;
}

export type Clusters = Readonly<Partial<Record<Service, BalancedTier>>>;

/**
 * Servers of services are replaced when new app servers serve: by then an upgrade of the schema is done. If it fails, they go on
 * with the shop as it was, as the app servers do.
 * @returns them by name
 */
export function makeServices(
  name: string,
  { roleOf, app, ...shared }: ServicesArgs,
  opts: pulumi.ComponentResourceOptions,
): Clusters {
  const vips = serviceVips(shared.config);
  const made = servicesOf(shared.config).flatMap(([service, config]) => {
    const vip = vips[service];
    if (vip === undefined) return [];
    const role = onceTakenOver(app.group, app.handover, roleOf(service));
    const args = { ...shared, tier: "app", service: { name: service, config, vip }, role } as const;
    return [[service, makeBalancedTier(`${name}-${service}`, args, opts)]];
  });
  return Object.fromEntries(made);
}

/** What web servers are made of, once all services serve that they did not know before. */
export function onceServicesServe(clusters: Clusters, role: Role | pulumi.Output<Role>): Role | pulumi.Output<Role> {
  return Object.values(clusters).reduce<Role | pulumi.Output<Role>>((known, { group, handover }) => {
    const isNew = handover?.args.existing.size === 0;
    return isNew ? onceTakenOver(group, handover, known) : known;
  }, role);
}
