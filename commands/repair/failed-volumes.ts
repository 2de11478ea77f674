/** Volumes that Cinder could not make. As with balancers, the provider learns an id only once the volume is there. */
import { z } from "zod";
import type { CloudApi } from "../../components/cloud/api";
import type { Naming } from "../../components/core/naming";
import { type ExportedState, knownIds } from "./state";

const answer = z.object({
  volumes: z.array(
    z.object({ id: z.string(), name: z.string().nullable(), metadata: z.record(z.string(), z.string()).default({}) }),
  ),
});

/** @returns a line for each, with the command that deletes it: no tool of ours takes a volume away unasked */
export async function failedVolumes(
  cloud: Pick<CloudApi, "call">,
  state: Pick<ExportedState, "deployment">,
  naming: Naming,
): Promise<string[]> {
  const known = knownIds(state);
  const ours = Object.entries(naming.metadata());
  const { volumes } = answer.parse(await cloud.call("block-storage", "/volumes/detail?status=error"));
  return volumes
    .filter(({ id, metadata }) => !known.has(id) && ours.every(([key, value]) => metadata[key] === value))
    .map(
      ({ id, name }) =>
        `volume ${name ?? id} is in error and in no state; if it was never in use: openstack volume delete ${id}`,
    );
}
