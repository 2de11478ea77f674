/** Cinder's snapshots of the volume that the database is on. */
import { z } from "zod";
import type { StoreConfig } from "../config/schema";
import { type CloudApi, unlessMissing } from "./api";
import type { Findings } from "./findings";
import { dataVolume, isUnderWay } from "./restore-needs";

const snapshotSchema = z.object({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  /** GiB */
  size: z.number(),
  volume_id: z.string(),
  created_at: z.string(),
  metadata: z.record(z.string(), z.string()).default({}),
});
export type Snapshot = z.output<typeof snapshotSchema>;

/** In a snapshot's metadata, written by `npm run snapshot`: `<project>-<stack>`, and the second in UTC. */
export const OWNER = "owner";
export const TAKEN_AT = "taken-at";

export const oneSnapshot = z.object({ snapshot: snapshotSchema });
const snapshotsSchema = z.object({ snapshots: z.array(snapshotSchema) });
const volumeSchema = z.object({
  volume: z.object({ name: z.string().nullish(), attachments: z.array(z.unknown()).default([]) }),
});

/** @returns nothing where there is none of that id */
export async function findSnapshot(api: Pick<CloudApi, "call">, id: string): Promise<Snapshot | undefined> {
  return unlessMissing(async () => oneSnapshot.parse(await api.call("block-storage", `/snapshots/${id}`)).snapshot);
}

/** All of the project. */
export async function allSnapshots(api: Pick<CloudApi, "call">): Promise<Snapshot[]> {
  return snapshotsSchema.parse(await api.call("block-storage", "/snapshots/detail")).snapshots;
}

/** Why no volume can be made from a snapshot now. @returns nothing where one can */
export function unusable(snapshot: Snapshot | undefined): string | undefined {
  if (!snapshot) return "is not there (npm run snapshot -- STACK --list shows the store's)";
  return snapshot.status === "available" ? undefined : `is in state "${snapshot.status}", and not available`;
}

/** Once the restore's volume is there, the snapshot may go. @param prefix what the store's names begin with */
export async function requireSnapshot(
  findings: Findings,
  api: Pick<CloudApi, "call">,
  prefix: string,
  { restore, volume }: Pick<StoreConfig["database"], "restore" | "volume">,
): Promise<void> {
  const id = restore?.snapshot;
  if (!id || (await isUnderWay(api, prefix, { snapshot: id }))) return;
  const key = "database.restore.snapshot";
  const snapshot = await findSnapshot(api, id);
  const problem = unusable(snapshot);
  if (!snapshot || problem) return findings.add(key, `"${id}" ${problem}`);
  const owner = snapshot.metadata[OWNER];
  if (owner && ![prefix, volume.formerly].includes(owner)) {
    findings.add(key, `"${id}" is of the store ${owner}, on whose data no other store starts`);
  }
  if (snapshot.size > volume.size) {
    const instead = `make database.volume.size ${snapshot.size} or more`;
    findings.add(key, `"${id}" has ${snapshot.size} GiB, which no volume of ${volume.size} GiB holds: ${instead}`);
  }
  if (volume.onDestroy === "delete" && (await isOfPassingVolume(api, prefix, snapshot))) {
    const instead = 'run `up` with database.volume.onDestroy "keep" first';
    const problem = `"${id}" is of the volume that serves now, of an earlier restore: this change would delete that volume, and Cinder deletes none that has a snapshot: ${instead}`;
    findings.add(key, problem);
  }
}

/** The first volume stays with every restore; one that an earlier restore has made leaves the stack with the next. */
async function isOfPassingVolume(
  api: Pick<CloudApi, "call">,
  prefix: string,
  { volume_id: id }: Snapshot,
): Promise<boolean> {
  const found = await unlessMissing(async () => {
    return volumeSchema.parse(await api.call("block-storage", `/volumes/${id}`)).volume;
  });
  const first = dataVolume(prefix, undefined);
  return Boolean(found?.name?.startsWith(`${first}-`) && found.attachments.length > 0);
}
