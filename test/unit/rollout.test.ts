import assert from "node:assert/strict";
import fc from "fast-check";
import { moreInRollout } from "../../components/core/rollout";

/** Heat's own arithmetic: `heat/scaling/rolling_update.py` and `InstanceGroup._get_batches` of 24.1.2. */
function batchesOfHeat(size: number, batch: number, minInService: number): { capacity: number; updates: number }[] {
  const batches: { capacity: number; updates: number }[] = [];
  let capacity = size;
  let done = 0;
  while (!(done >= capacity && capacity === size)) {
    const updates = Math.min(batch, Math.max(size - done, 0));
    capacity = updates + Math.max(Math.min(capacity, size - updates), Math.min(minInService, size, capacity));
    done += updates;
    batches.push({ capacity, updates });
  }
  return batches;
}

describe("servers that a rollout has beyond the group's size", () => {
  it("are as many as Heat's batches come to, each replaced member twice for a while", () => {
    const whole = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(whole, whole, fc.integer({ min: 0, max: 100 }), (size, batch, minInService) => {
        let before = size;
        let most = size;
        for (const { capacity, updates } of batchesOfHeat(size, batch, minInService)) {
          const replaced = updates - Math.max(0, capacity - before);
          most = Math.max(most, Math.max(before, capacity) + Math.max(0, replaced));
          before = capacity;
        }
        assert.equal(moreInRollout(size, { batch, minInService }), most - size);
      }),
    );
  });
});
