/** Groups of servers beyond the three tiers. */
import type * as pulumi from "@pulumi/pulumi";
import type { Role } from "../cloud-init/role";
import type { StoreConfig } from "../config/schema";
import type { ServerGroup } from "../features/feature";
import { InstanceGroup } from "../groups/instance-group";
import type { Place } from "./places";

export interface OtherGroupsArgs {
  readonly config: StoreConfig;
  readonly groups: readonly ServerGroup[];
  readonly placeOf: (group: string) => Place;
  /** Of the groups whose role is no plain data, by name. */
  readonly roles: Readonly<Record<string, pulumi.Output<Role> | undefined>>;
}

/** @returns them by name */
export function makeOtherGroups(
  name: string,
  { config, groups, placeOf, roles }: OtherGroupsArgs,
  opts: pulumi.ComponentResourceOptions,
): Readonly<Record<string, InstanceGroup>> {
  const zones = config.cloud.computeZones;
  const made = groups.flatMap(({ name: group, role: plain, size, flavor, rootDisk, address, single = false }) => {
    const role = plain ?? roles[group];
    if (!role) return [];
    const section = { count: size.least, flavor, rootDisk };
    const args = {
      ...placeOf(group),
      tier: group,
      role,
      config: section,
      zones,
      keepsPorts: single,
      ...(address ? { address } : {}),
    };
    return [[group, new InstanceGroup(`${name}-${group}`, args, opts)]];
  });
  return Object.fromEntries(made);
}
