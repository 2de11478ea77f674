/** A restore that cannot succeed is refused before anything is changed. */
import { z } from "zod";
import type { RestoreConfig } from "../config/backups-schema";
import type { CloudApi } from "./api";
import { backupSpans, type Span, spansText } from "./backup-spans";
import type { Findings } from "./findings";

const volumesSchema = z.object({ volumes: z.array(z.object({ name: z.string() })) });

/** What marks the names of a restore's own volume. @param at e.g. `2026-11-27T10:15:00Z` */
export const restoredAs = (at: string) => at.replaceAll(/[-:]/g, "");

/** @param container name of one of the project's own */
export async function spansIn(api: Pick<CloudApi, "text">, container: string): Promise<Span[]> {
  const names: string[] = [];
  for (;;) {
    const marker = encodeURIComponent(names.at(-1) ?? "");
    const page = await api.text("object-store", `/${encodeURIComponent(container)}?marker=${marker}`, "text/plain");
    const more = page.split("\n").filter((name) => name !== "");
    if (more.length === 0) return backupSpans(names);
    names.push(...more);
  }
}

/**
 * Of the store's own backups. Once the restore's volume is there it is under way or through: later its backups may go.
 * @param prefix what the store's names begin with
 */
export async function requireReach(
  findings: Findings,
  api: Pick<CloudApi, "call" | "text">,
  prefix: string,
  { at, container }: RestoreConfig,
): Promise<void> {
  if (container) return;
  const volume = `${prefix}-db-data-${restoredAs(at)}`;
  const { volumes } = volumesSchema.parse(
    await api.call("block-storage", `/volumes?name=${encodeURIComponent(volume)}`),
  );
  if (volumes.some(({ name }) => name === volume)) return;
  const spans = await spansIn(api, `${prefix}-backups`).catch(() => []);
  const second = Date.parse(at);
  if (spans.some(({ first, last }) => first <= second && second <= last)) return;
  findings.add("database.restore.at", `"${at}" cannot be restored: ${spansText(spans)}`);
}
