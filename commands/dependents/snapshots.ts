/** Snapshots of volumes that go with their stack: Cinder deletes no volume that has one. */
import type { CloudApi } from "../../components/cloud/api";
import { allSnapshots } from "../../components/cloud/snapshots";
import type { StateResource } from "./state";

const VOLUME = "openstack:blockstorage/volume:Volume";

/** Whether `destroy` deletes a volume. */
export const losesVolumes = (resources: readonly StateResource[]) => passing(resources).length > 0;

/** Those that `destroy` does not leave in the cloud. */
const passing = (resources: readonly StateResource[]) =>
  resources.filter(({ type, retainOnDelete }) => type === VOLUME && !retainOnDelete);

/** @returns a line for each snapshot, with the command that deletes it: no tool of ours takes one away unasked */
export async function snapshotsInTheWay(
  cloud: Pick<CloudApi, "call">,
  resources: readonly StateResource[],
  stack: string,
): Promise<string[]> {
  const names = new Map(passing(resources).map(({ id, inputs }) => [id, String(inputs.name)]));
  const found = (await allSnapshots(cloud)).filter(({ volume_id: volume }) => names.has(volume));
  return found.map(
    ({ id, name, volume_id: volume }) =>
      `its volume ${names.get(volume)} has the snapshot ${name || id}, with which Cinder does not delete it: npm run snapshot -- ${stack} --delete ${id}`,
  );
}
