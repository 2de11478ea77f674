/** Servers that take each other's place one after the other. */
import * as pulumi from "@pulumi/pulumi";
import { Handover } from "./handover";
import { runError } from "./run-error";

/**
 * What the next server is made of, once those before it serve: until then only the next one, as it was, serves. A promise
 * delays it without making the next server depend on those before: with that, Pulumi would delete all of them before it
 * makes a new first one.
 */
export function onceServing<T>(
  before: readonly { readonly serverId: pulumi.Output<string> }[],
  handover: Pick<Handover, "complete">,
  value: pulumi.Output<T>,
): pulumi.Output<T> {
  const serving = before.map(
    ({ serverId }) =>
      new Promise<void>((resolve, reject) => {
        serverId.apply((id) => handover.complete([id], []).catch(runError).then(resolve, reject));
      }),
  );
  return pulumi.all([value, Promise.all(serving)]).apply(([known]) => known) as pulumi.Output<T>;
}

/**
 * The same, once a whole group that another one waits for serves.
 * @param handover of that group; none: it has no new servers
 */
export function onceTakenOver<T>(
  group: { readonly serverIds: pulumi.Output<string[]> },
  handover: Handover | undefined,
  value: pulumi.Input<T>,
): pulumi.Output<T> {
  if (!handover) return pulumi.output(value) as pulumi.Output<T>;
  const serving = new Promise<void>((resolve, reject) => {
    group.serverIds.apply((ids) => {
      // Its time begins when the servers are there: those of an elastic group may take a while to be made.
      new Handover(handover.args).complete(ids, []).catch(runError).then(resolve, reject);
    });
  });
  return pulumi.all([value, serving]).apply(([known]) => known) as pulumi.Output<T>;
}
