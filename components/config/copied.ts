/**
 * A stack file may be written from another one, as the lab's is from the checkout's, and then says of which. A run refuses it
 * if it belongs to another stack, or if the original was edited later: it would plan changes that nobody asked for.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

/** Config key, apart from the program's own. */
export const COPY_KEY = "lab:copyOf";

const copySchema = z.object({ stack: z.string(), file: z.string(), sha256: z.string() });
export type Copy = z.output<typeof copySchema>;

/** @param file the stack file that is copied @param text what it says */
export function copyOf(stack: string, file: string, text: string): Copy {
  return { stack, file, sha256: createHash("sha256").update(text).digest("hex") };
}

/**
 * @param found what stands under `COPY_KEY`, as Pulumi hands it over; none: the file is nobody's copy
 * @throws Error saying what to run
 */
export function refuseWrongCopy(found: string | undefined, stack: string): void {
  if (found === undefined) return;
  const copy = copySchema.parse(JSON.parse(found));
  if (copy.stack !== stack) {
    const instead = `run: eval "$(npm run -s lab -- env ${stack})"`;
    throw new Error(
      `PULUMI_OPTION_CONFIG_FILE names the stack file of ${copy.stack}, but this is stack ${stack}; ${instead}`,
    );
  }
  const text = read(copy.file);
  if (text !== undefined && copyOf(stack, copy.file, text).sha256 !== copy.sha256) {
    const instead = `\`npm run preview -- ${stack}\` and \`npm run up -- ${stack}\` take that over`;
    throw new Error(`${path.basename(copy.file)} says something else than when the store was brought up; ${instead}`);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
