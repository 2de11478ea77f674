/**
 * What replacing all servers of a tier takes beside the store itself: each replacement is there before its predecessor goes. Nova's
 * server group counts both. Groups that keep their ports, and single ones, delete first and need nothing.
 */
import { z } from "zod";
import type { AutoScaling } from "../config/scaling-schema";
import { type Counted, type CountedGroup, countedGroups } from "../config/schema";
import { moreInRollout } from "../core/rollout";
import { rangeOf } from "../features/counted-group";
import type { CloudApi } from "./api";

export interface Rollover {
  readonly key: CountedGroup["key"];
  /** Servers of the tier at its largest. */
  readonly most: number;
  /** Servers more than that, at the same time, each with a port. */
  readonly servers: number;
  /** Only where the group is elastic. */
  readonly rollout?: AutoScaling["rollout"];
}

/** Web's, app's and each service's. The engine replaces all servers of a static group at once. */
export function rollovers(config: Counted): Rollover[] {
  return countedGroups(config).map(({ key, section }) => {
    const { scaling } = section;
    const { most } = rangeOf(section);
    if (scaling.mode === "static") return { key, most, servers: most };
    const { rollout } = scaling;
    // The server on trial goes before the first batch.
    return { key, most, servers: moreInRollout(most, rollout), rollout };
  });
}

const limitsSchema = z.object({ limits: z.object({ absolute: z.object({ maxServerGroupMembers: z.number() }) }) });

/** Nova's quota; -1 where it has none, or does not tell. */
export async function membersOfServerGroup(api: Pick<CloudApi, "call">): Promise<number> {
  const answer = await api.call("compute", "/limits").catch(() => undefined);
  return limitsSchema.safeParse(answer).data?.limits.absolute.maxServerGroupMembers ?? -1;
}

export interface Crowd {
  readonly key: CountedGroup["key"];
  readonly text: string;
}

/**
 * Tiers whose servers and replacements do not fit into a server group together, though the servers alone do.
 * @param members Nova's quota of members in a server group; below 0: no limit
 */
export function crowds(config: Counted, members: number): Crowd[] {
  if (members < 0) return [];
  return rollovers(config)
    .filter(({ most, servers }) => most <= members && most + servers > members)
    .map((rollover) => {
      const { key, most, servers } = rollover;
      const peak = `replacing all ${most} servers takes ${most + servers} members of a server group at once, and Nova's quota is ${members}`;
      return { key, text: `${peak}: ${wayThrough(rollover, members)}` };
    });
}

function wayThrough({ key, most, servers, rollout }: Rollover, members: number): string {
  const ask = `or ask for ${most + servers} server_group_members`;
  const free = members - most;
  if (rollout) return `set ${key}.scaling.${smaller(most, free, rollout)}, ${ask}`;
  // A pool of one server is down with it.
  if (free > 1)
    return `for the up that replaces them set ${key}.count to ${free}, and back to ${most} in the next one, ${ask}`;
  const half = Math.floor(members / 2);
  return `before the up that replaces them set ${key}.count to ${half}, and back to ${most} in the one after it, ${ask}`;
}

/** @param free how many servers more than the group's largest size there may be */
function smaller(most: number, free: number, { batch, minInService }: AutoScaling["rollout"]): string {
  if (free === 0) return `max to ${most - 1}, rollout.batch to 1 and rollout.minInService to 1`;
  for (let fewer = Math.min(batch, free); fewer > 0; fewer--) {
    if (moreInRollout(most, { batch: fewer, minInService }) <= free) return `rollout.batch to ${fewer}`;
  }
  return "rollout.batch to 1 and rollout.minInService to 1";
}
