/** Volumes that Cinder could not make. As with balancers, the provider learns an id only once the volume is there. */
import { z } from "zod";
import type { CloudApi } from "../../components/cloud/api";
import type { Naming } from "../../components/naming";
import { say } from "../progress";
import type { ExportedState } from "./state";

const answer = z.object({
  volumes: z.array(
    z.object({ id: z.string(), name: z.string().nullable(), metadata: z.record(z.string(), z.string()).default({}) }),
  ),
});

/** Names them, with the command that deletes them: a volume is a thing that no tool of ours takes away unasked. */
export async function tellFailedVolumes(
  cloud: Pick<CloudApi, "call">,
  { deployment }: Pick<ExportedState, "deployment">,
  naming: Naming,
): Promise<void> {
  const known = new Set(deployment.resources.map(({ id }) => id));
  const ours = Object.entries(naming.metadata());
  const { volumes } = answer.parse(await cloud.call("block-storage", "/volumes/detail?status=error"));
  for (const { id, name, metadata } of volumes) {
    if (known.has(id) || !ours.every(([key, value]) => metadata[key] === value)) continue;
    say(`volume ${name ?? id} is in error and in no state; if it was never in use: openstack volume delete ${id}`);
  }
}
