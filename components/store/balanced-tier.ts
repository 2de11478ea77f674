/** A tier that grows: its balancer, and the group of servers behind it. */
import * as pulumi from "@pulumi/pulumi";
import type { Balancer } from "../balancing/balancer";
import { makeBalancer } from "../balancing/choose";
import type { CloudApi } from "../cloud/api";
import type { Cloud } from "../cloud/discover";
import { idsOfGroup } from "../cloud/existing-servers";
import type { Role } from "../cloud-init/role";
import type { StoreConfig } from "../config/schema";
import type { ServiceConfig } from "../config/services-schema";
import type { Service } from "../core/services";
import type { Group } from "../groups/group";
import { InstanceGroup } from "../groups/instance-group";
import { Handover, secondsToBeFound } from "../readiness/handover";
import { ElasticGroup } from "../scaling/elastic-group";
import type { Place } from "./places";

export interface BalancedTierArgs {
  /** Whose network it is in, and whose pool its own is like. */
  readonly tier: "web" | "app";
  /** Where it is a service's: its part of the app tier, with a balancer of its own. None: the tier itself. */
  readonly service?: { readonly name: Service; readonly config: ServiceConfig; readonly vip: string } | undefined;
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "certificate" | "existing" | "machines" | "tlsContainerRef">;
  readonly placeOf: (group: string) => Place;
  readonly role: Role | pulumi.Output<Role>;
  /** CIDRs that may reach the VIP. */
  readonly clients: readonly string[];
  /** As `lateApi` gives it. */
  readonly api: () => Promise<CloudApi>;
}

export interface BalancedTier {
  readonly balancer: Balancer;
  readonly group: Group;
  /** Only where the group is elastic: it is the group. */
  readonly elastic: ElasticGroup | undefined;
  /** Only where new servers come into a store that exists: what waits for them. */
  readonly handover: Handover | undefined;
}

export function makeBalancedTier(
  name: string,
  { tier, service, config, cloud, placeOf, role, clients, api }: BalancedTierArgs,
  opts: pulumi.ComponentResourceOptions,
): BalancedTier {
  const { access, balancing, boot, telemetry } = config;
  const zones = config.cloud.computeZones;
  const own = service?.name ?? tier;
  const existingOf = (group: string) => idsOfGroup(cloud.existing.servers, placeOf(own).naming.prefix, group);
  /** @param pooled whether the group's servers are members of Octavia's pools */
  const handoverOf = (group: string, pooled: boolean) => {
    // In a preview nobody waits for new servers.
    if (boot.handover === 0 || pulumi.runtime.isDryRun()) return undefined;
    const existing = existingOf(group);
    // A service that is new has nobody to take over from, but web servers lead shoppers to it.
    if (existing.size === 0 && (!service || existingOf("web").size === 0)) return undefined;
    const progress = (line: string) => void pulumi.log.info(line, opts.parent, undefined, true);
    return new Handover({
      api,
      existing,
      seconds: boot.handover,
      discovery: secondsToBeFound(balancing[tier]),
      pooled,
      progress,
    });
  };
  const balancer = makeBalancer(
    name,
    {
      ...placeOf(balancing.driver === "haproxy" ? `${tier}-balancer` : own),
      config: balancing,
      cloud,
      access,
      tier,
      service,
      allowedCidrs: clients,
      zones,
      handover: handoverOf(`${tier}-balancer`, false),
    },
    opts,
  );
  const section = service?.config ?? config[tier];
  const handover = handoverOf(own, balancing.driver === "octavia");
  const args = { ...placeOf(own), tier: own, role, config: section, zones, balancer, handover };
  const { scaling } = section;
  if (scaling.mode === "static")
    return { balancer, group: new InstanceGroup(name, args, opts), elastic: undefined, handover };
  const standsIn = existingOf(own).size > 0 ? api : undefined;
  const machine = service ? cloud.machines[`services.${service.name}`] : cloud.machines[tier];
  if (!machine) throw new Error(`nothing is known of the servers of ${own}`);
  const { flavor } = machine;
  const elastic = new ElasticGroup(name, { ...args, scaling, telemetry, flavor, standsIn }, opts);
  return { balancer, group: elastic, elastic, handover };
}
