/** Whether the backups of a store that stands are what somebody would restore from. */
import { backupSpans, drillText, lastDrill, spansText } from "../../../components/cloud/backup-spans";
import type { StoreConfig } from "../../../components/config/schema";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, wrong } from "../finding";

const KEY = "database.backups";
/** The keeper ships every few seconds, and writes something to ship every ten. */
const LATE_MINUTES = 15;

/** @param prefix of the stack's names */
export async function backups(cloud: CloudView, config: StoreConfig, prefix: string): Promise<Finding[]> {
  if (!config.database.backups || !cloud.has("object-store")) return [];
  const names = await cloud.objectsIn(`${prefix}-backups`);
  // Before the first `up`.
  if (names.length === 0) return [];
  const spans = backupSpans(names);
  const behind = (Date.now() - (spans.at(-1)?.last ?? 0)) / 60_000;
  const drill = lastDrill(names);
  return [
    behind > LATE_MINUTES
      ? wrong(KEY, `the keeper has shipped nothing for ${LATE_MINUTES} minutes: ${spansText(spans)}`)
      : fine(KEY, spansText(spans)),
    drill?.isGood === false ? wrong(KEY, drillText(drill)) : fine(KEY, drillText(drill)),
  ];
}
