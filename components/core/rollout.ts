/** How Heat replaces the members of a group, in numbers. */

export interface Batches {
  /** Servers replaced at a time. */
  readonly batch: number;
  /** Servers that serve on meanwhile. */
  readonly minInService: number;
}

/**
 * Servers that a rollout has beyond the group's size, at most. A new server of a batch is there before its predecessor goes; and
 * while more members must serve than a batch leaves, Heat adds members for the time of the rollout.
 * @param size of the group
 */
export function moreInRollout(size: number, { batch, minInService }: Batches): number {
  const first = Math.min(batch, size);
  const added = Math.max(0, Math.min(minInService, size) + first - size);
  // The first batch has the added members among its own, those after it beside theirs.
  return Math.max(first, added + Math.min(first, size - first));
}
