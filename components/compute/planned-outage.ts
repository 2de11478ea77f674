/** A preview says when a server that the shop cannot do without is going to be replaced: its old one goes first. */
import * as pulumi from "@pulumi/pulumi";

/** Key of a server's metadata: what it was made from, as a digest. */
export const MADE_FROM = "made-from";

export interface PlannedOutageArgs {
  /** The server's name. */
  readonly server: string;
  /** What it is made from now; unknown in a preview that makes new secrets. */
  readonly madeFrom: pulumi.Output<string>;
  /** Metadata of the server that exists; none: there is none. */
  readonly existing: Readonly<Record<string, string>> | undefined;
  /** What is down meanwhile, and for how long. */
  readonly outage: string;
}

/** @param instance the server as it is registered; the warning is told with it */
export function tellPlannedOutage(
  { server, madeFrom, existing, outage }: PlannedOutageArgs,
  instance: pulumi.Resource,
): void {
  if (!existing || !pulumi.runtime.isDryRun()) return;
  let now: string | undefined;
  madeFrom.apply((known) => {
    now = known;
  });
  // Its inputs are known by then, if they can be known at all.
  instance.urn.apply(() => {
    const before = existing[MADE_FROM];
    if (before !== undefined && before === now) return;
    const what =
      before === undefined
        ? `${server} was made by an earlier version of this program, and may be replaced: look for "replace" in this preview`
        : `${server} is replaced`;
    void pulumi.log.warn(`${what}. Then ${outage}`, instance);
  });
}
