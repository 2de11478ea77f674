/** A restore that cannot succeed is refused before anything is changed. */
import { z } from "zod";
import type { RestoreConfig } from "../config/backups-schema";
import type { StoreConfig } from "../config/schema";
import { type CloudApi, unlessMissing } from "./api";
import { backupSpans, isReachable, spansText } from "./backup-spans";
import type { Findings } from "./findings";

const volumesSchema = z.object({ volumes: z.array(z.object({ name: z.string() })) });

type Past = Pick<RestoreConfig, "at" | "snapshot">;

/** What marks the names of a restore's own volume: `20261127T101500Z`, or the id of a snapshot. */
export const restoredAs = ({ at = "", snapshot }: Past) => snapshot ?? at.replaceAll(/[-:]/g, "");

/** Name of the volume that the database is on: each restore has one of its own. @param prefix what the store's names begin with */
export const dataVolume = (prefix: string, restore: Past | undefined) =>
  `${prefix}-db-data${restore ? `-${restoredAs(restore)}` : ""}`;

/** Whether a restore's volume is there: then the restore is under way or through, and what it is from may be gone. */
export async function isUnderWay(api: Pick<CloudApi, "call">, prefix: string, restore: Past): Promise<boolean> {
  const volume = dataVolume(prefix, restore);
  const { volumes } = volumesSchema.parse(
    await api.call("block-storage", `/volumes?name=${encodeURIComponent(volume)}`),
  );
  return volumes.some(({ name }) => name === volume);
}

/** @param container name of one of the project's own @returns the names of its objects; none where there is no such container */
export async function namesIn(api: Pick<CloudApi, "text">, container: string): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const more = await pageOf(api, container, names.at(-1) ?? "");
    if (more.length === 0) return names;
    names.push(...more);
  }
}

/** @param container name of one of the project's own; it may be missing */
export async function hasObjects(api: Pick<CloudApi, "text">, container: string): Promise<boolean> {
  return (await pageOf(api, container, "", 1)).length > 0;
}

async function pageOf(
  api: Pick<CloudApi, "text">,
  container: string,
  marker: string,
  limit?: number,
): Promise<string[]> {
  const most = limit === undefined ? "" : `&limit=${limit}`;
  const path = `/${encodeURIComponent(container)}?marker=${encodeURIComponent(marker)}${most}`;
  const page = (await unlessMissing(() => api.text("object-store", path, "text/plain"))) ?? "";
  return page.split("\n").filter((name) => name !== "");
}

/** A volume that has grown holds more than one of the stack file's size takes. @param sizes of the store's volumes, by name */
export function requireRoom(
  findings: Findings,
  prefix: string,
  { restore, volume }: Pick<StoreConfig["database"], "restore" | "volume">,
  sizes: Readonly<Record<string, number>>,
): void {
  const before = sizes[dataVolume(prefix, undefined)] ?? 0;
  if (!restore?.at || dataVolume(prefix, restore) in sizes || before <= volume.size) return;
  const problem = `the volume of before has grown to ${before} GiB, and the restored one would have ${volume.size}: make it ${before} or more`;
  findings.add("database.volume.size", problem);
}

/** Of the store's own backups. @param prefix what the store's names begin with */
export async function requireReach(
  findings: Findings,
  api: Pick<CloudApi, "call" | "text">,
  prefix: string,
  { at, container }: RestoreConfig,
): Promise<void> {
  if (!at || container || (await isUnderWay(api, prefix, { at }))) return;
  const spans = backupSpans(await namesIn(api, `${prefix}-backups`));
  if (isReachable(spans, Date.parse(at))) return;
  findings.add("database.restore.at", `"${at}" cannot be restored: ${spansText(spans)}`);
}
