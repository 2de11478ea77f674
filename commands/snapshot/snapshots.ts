/** What `npm run snapshot` does with the snapshots of one store's volume. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ApiError, type CloudApi, unlessMissing } from "../../components/cloud/api";
import {
  allSnapshots,
  findSnapshot,
  OWNER,
  oneSnapshot,
  type Snapshot,
  TAKEN_AT,
} from "../../components/cloud/snapshots";
import type { Naming } from "../../components/core/naming";
import { secondOf } from "../../components/core/time";

type Cloud = Pick<CloudApi, "call" | "post">;

const POLL_SECONDS = 2;
const PATIENCE_SECONDS = 1800;
const SERVICE = "block-storage";

const volumesSchema = z.object({
  volumes: z.array(
    z.object({ id: z.string(), name: z.string().nullish(), metadata: z.record(z.string(), z.string()).default({}) }),
  ),
});
/** As Cinder wraps what it has to say of a refusal. */
const refusalSchema = z.record(z.string(), z.object({ message: z.string() }));

/**
 * Takes a snapshot of the volume while the database writes on it, and waits until it is there.
 * @param volumeId of the volume that the database is on
 * @throws Error with Cinder's reason where it takes none: no such volume, its quota, its storage
 */
export async function take(cloud: Cloud, naming: Naming, volumeId: string, time = new Date()): Promise<Snapshot> {
  const at = secondOf(time.getTime());
  const body = {
    snapshot: {
      volume_id: volumeId,
      name: naming.name("snapshot", at.replaceAll(/[-:]/g, "")),
      description: `databases of ${naming.prefix} as they were at ${at}`,
      // The volume is in use.
      force: true,
      metadata: { [OWNER]: naming.prefix, [TAKEN_AT]: at },
    },
  };
  const { snapshot } = oneSnapshot.parse(
    await cloud.post(SERVICE, "/snapshots", body).catch((cause: unknown) => {
      throw refused(cause, volumeId);
    }),
  );
  const made = await until(cloud, snapshot.id, (status) => status !== "creating");
  if (made?.status === "available") return made;
  // One that failed has no data, and would be in the way of the volume's end.
  await cloud.call(SERVICE, `/snapshots/${snapshot.id}`, "DELETE").catch(() => undefined);
  throw new Error(
    `Cinder could not make the snapshot ${snapshot.id} (state "${made?.status ?? "gone"}"): the storage of the volume ${volumeId} may have no snapshots; ask the cloud's operators`,
  );
}

function refused(cause: unknown, volumeId: string): unknown {
  if (!(cause instanceof ApiError)) return cause;
  const why = wordsOf(cause);
  if (cause.status === 404) return new Error(`the volume ${volumeId} is not in the cloud any more: ${why}`);
  if (cause.status === 413)
    return new Error(
      `the project's quota of snapshots or of GiB is used up: ${why}\n  What to do: delete some (npm run snapshot -- STACK --list), or ask the cloud's operators for more`,
    );
  if (cause.status === 403) return new Error(`the cloud lets you take no snapshots: ${why}`);
  return new Error(`Cinder takes no snapshot of the volume ${volumeId}: ${why}`);
}

function wordsOf({ answer, message }: ApiError): string {
  try {
    const [said] = Object.values(refusalSchema.parse(JSON.parse(answer)));
    return said?.message ?? message;
  } catch {
    return message;
  }
}

/** @returns the store's own, the oldest first: of its volumes, of whoever took them, and those that its volumes have left */
export async function ownSnapshots(cloud: Pick<Cloud, "call">, naming: Naming): Promise<Snapshot[]> {
  const { volumes } = volumesSchema.parse(await cloud.call(SERVICE, "/volumes/detail"));
  const marks = Object.entries(naming.metadata("db"));
  const ids = new Set(
    volumes.filter(({ metadata }) => marks.every(([key, value]) => metadata[key] === value)).map(({ id }) => id),
  );
  const all = await allSnapshots(cloud);
  return all
    .filter(({ volume_id: volume, metadata }) => ids.has(volume) || metadata[OWNER] === naming.prefix)
    .sort((one, other) => takenAt(one).localeCompare(takenAt(other)));
}

/** Cinder tells the time of its own in UTC, without saying so. */
const takenAt = ({ metadata, created_at: created }: Snapshot) => metadata[TAKEN_AT] ?? `${created.slice(0, 19)}Z`;

/** One line of the list. */
export function described(snapshot: Snapshot): string {
  const { id, name, size, status, volume_id: volume } = snapshot;
  return `${id}  ${takenAt(snapshot)}  ${size} GiB  ${status}  ${name || "without a name"}, of volume ${volume}`;
}

/**
 * Deletes one of the store's snapshots, and waits until it is gone.
 * @throws Error when the store has none of that id, or Cinder does not delete it
 */
export async function remove(cloud: Pick<Cloud, "call">, naming: Naming, id: string): Promise<void> {
  const own = await ownSnapshots(cloud, naming);
  if (!own.some((snapshot) => snapshot.id === id)) {
    throw new Error(`${naming.prefix} has no snapshot ${id}; nothing was deleted (--list shows those that it has)`);
  }
  await unlessMissing(() => cloud.call(SERVICE, `/snapshots/${id}`, "DELETE")).catch((cause: unknown) => {
    throw cause instanceof ApiError ? new Error(`Cinder does not delete the snapshot ${id}: ${wordsOf(cause)}`) : cause;
  });
  const left = await until(cloud, id, (status) => status !== "deleting");
  if (left) {
    throw new Error(
      `the snapshot ${id} is still there, in state "${left.status}": on some storage it cannot go before the volumes that were made from it`,
    );
  }
}

/** @returns the snapshot once it is in another state; nothing once it is gone */
async function until(
  cloud: Pick<Cloud, "call">,
  id: string,
  isOver: (status: string) => boolean,
): Promise<Snapshot | undefined> {
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const snapshot = await findSnapshot(cloud, id);
    if (!snapshot || isOver(snapshot.status) || Date.now() > deadline) return snapshot;
    await sleep(POLL_SECONDS * 1000);
  }
}
