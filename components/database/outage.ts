/** What a preview says when the database server is going to be replaced. */
import type { ExistingServer } from "../cloud/existing-servers";

/** Measured in the lab, from a golden image: docs/figures.md. */
const OUTAGE =
  "the shop is closed while the database stops, and until the new server has booted on the same volume: about a minute from a " +
  "golden image, several with `boot.mode: packages`";

/**
 * @param before the server that exists
 * @param imageId what the next one boots from
 * @param stack name of the stack, for the command that makes a way back
 */
export function replacementOutage(
  before: Pick<ExistingServer, "imageId"> | undefined,
  imageId: string,
  stack: string,
): string {
  if (!before?.imageId || before.imageId === imageId) return OUTAGE;
  return `${OUTAGE}. It boots from another image: a later database may change the data so that the one of before cannot read it, and \`npm run snapshot -- ${stack}\` is the way back`;
}
