/** The most that a store may cost, from the policies' configuration of its environment. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { ROOT } from "../../toolchain/paths";

const RULE = "whole-within-ceiling";
const schema = z.object({ [RULE]: z.object({ ceiling: z.number().optional() }).optional() });

export interface Ceiling {
  readonly file: string;
  /** A month, in the price table's currency. */
  readonly amount: number;
}

/** @returns nothing when the environment has no ceiling */
export async function ceilingOf(stack: string): Promise<Ceiling | undefined> {
  const file = `policy/${stack}.json`;
  const text = await readFile(path.join(ROOT, file), "utf8").catch(() => "{}");
  const amount = schema.parse(JSON.parse(text))[RULE]?.ceiling;
  return amount === undefined ? undefined : { file, amount };
}
