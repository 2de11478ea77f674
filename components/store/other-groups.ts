/** Groups of servers beyond the three tiers, whose roles are plain data. */
import type * as pulumi from "@pulumi/pulumi";
import type { StoreConfig } from "../config/schema";
import type { ServerGroup } from "../features/feature";
import { InstanceGroup } from "../groups/instance-group";
import type { Place } from "./places";

export interface OtherGroupsArgs {
  readonly config: StoreConfig;
  readonly groups: readonly ServerGroup[];
  readonly placeOf: (group: string) => Place;
}

/** @returns them by name */
export function makeOtherGroups(
  name: string,
  { config, groups, placeOf }: OtherGroupsArgs,
  opts: pulumi.ComponentResourceOptions,
): Readonly<Record<string, InstanceGroup>> {
  const zones = config.cloud.computeZones;
  const made = groups.flatMap(({ name: group, role, size, flavor, rootDisk }) => {
    if (!role) return [];
    const section = { count: size.least, flavor, rootDisk };
    const args = { ...placeOf(group), tier: group, role, config: section, zones };
    return [[group, new InstanceGroup(`${name}-${group}`, args, opts)]];
  });
  return Object.fromEntries(made);
}
