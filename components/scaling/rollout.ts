/** How Heat replaces the members of a group, in numbers. */
import type { AutoScaling } from "../config/scaling-schema";

/**
 * Servers that a rollout has beyond the group's size, at most. A new server of a batch is there before its predecessor goes; and
 * while more members must serve than a batch leaves, Heat adds members for the time of the rollout.
 * @param size of the group
 */
export function moreInRollout(size: number, rollout: Pick<AutoScaling["rollout"], "batch" | "minInService">): number {
  const batch = Math.min(rollout.batch, size);
  const added = Math.max(0, Math.min(rollout.minInService, size) + batch - size);
  // The first batch has the added members among its own, those after it beside theirs.
  return Math.max(batch, added + Math.min(batch, size - batch));
}

/** Seconds from the start of a batch's servers to the next batch: Heat looks at neither's readiness. */
export function betweenBatches({ warmup, rollout }: Pick<AutoScaling, "warmup" | "rollout">): number {
  return warmup + rollout.pause;
}
