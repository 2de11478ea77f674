/** A stack that one toolchain made, in the hands of another. */
import type { OpMap, Stack } from "@pulumi/pulumi/automation";
import { stateDifferences } from "./states";

/** What an operation on a stack that is as it should be does to its resources: nothing. */
const IDLE = "same";

/**
 * Previews a stack, refreshes it and updates it by another toolchain than the one that made it.
 *
 * @param maker the stack by the one that made it @param reader the same by the other one; it is asked for when it is its turn,
 *   since a workspace of the Automation API reads the process's environment
 * @returns what differs, a line each; none: the two are one
 */
export async function handedOver(maker: () => Promise<Stack>, reader: () => Promise<Stack>): Promise<string[]> {
  const before = await (await maker()).exportStack();
  const stack = await reader();
  const previewed = steps("its preview", (await stack.preview()).changeSummary);
  // The refresh has every resource read again by the other plugins, and the update writes the state anew.
  const updated = steps("its update", (await stack.up({ refresh: true })).summary.resourceChanges ?? {});
  const after = await stack.exportStack();
  return [...previewed, ...updated, ...stateDifferences(before, after)];
}

const steps = (what: string, summary: OpMap): string[] =>
  Object.entries(summary).flatMap(([step, count]) => (step === IDLE ? [] : [`${what} has ${count} × ${step}`]));
