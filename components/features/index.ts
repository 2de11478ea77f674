/** The registry: a new group of servers is one file or folder, and one line here. */
import type { Role } from "../cloud-init/role";
import type { StoreConfig } from "../config/schema";
import { app } from "./app";
import { backups } from "./backups";
import { database } from "./database";
import type { Feature, ServerGroup } from "./feature";
import { haproxy } from "./haproxy";
import { services } from "./services";
import { web } from "./web";

export const FEATURES: Feature[] = [web, app, services, database, backups, haproxy];

/** @returns every group of servers that a store of this configuration has */
export function serverGroups(config: StoreConfig): ServerGroup[] {
  return FEATURES.flatMap(({ groups }) => groups(config));
}

/** The first group of each section, for what is asked once for all of them. */
export function byKey(groups: readonly ServerGroup[]): ServerGroup[] {
  return groups.filter(({ key }, index) => groups.findIndex((other) => other.key === key) === index);
}

/** Names of all groups that any store may have. */
export function groupNames(): string[] {
  return FEATURES.flatMap(({ names }) => names);
}

/** The roles that golden images are made of, as they are baked. */
export function imageRoles(config: StoreConfig): Role[] {
  return FEATURES.flatMap(({ image }) => image?.(config) ?? []);
}
