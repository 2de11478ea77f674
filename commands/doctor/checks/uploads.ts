/** Whether a cloud keeps versions of uploads where the stack file asks for it, and somebody deletes the old ones. */
import { NO_VERSIONS } from "../../../components/cloud/swift-info";
import type { StoreConfig } from "../../../components/config/schema";
import { versionsOf } from "../../../components/config/shop-schema";
import { DAY_MS } from "../../../components/core/time";
import { outdated } from "../../uploads/prune";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, unknown, wrong } from "../finding";

const KEY = "shop.media.versions";
/** What is pruned once a week is never older. */
const GRACE_DAYS = 8;

/** @param prefix of the stack's names */
export async function uploads(cloud: CloudView, config: StoreConfig, prefix: string): Promise<Finding[]> {
  const versions = versionsOf(config.shop.media);
  if (!versions || !cloud.has("object-store")) return [];
  const can = await cloud.hasVersions();
  if (can === false) return [wrong(KEY, NO_VERSIONS, { [KEY]: undefined })];
  if (can === undefined) return [unknown(KEY, "Swift does not tell whether it keeps versions")];
  const until = Date.now() - (versions.days + GRACE_DAYS) * DAY_MS;
  const old = (await cloud.historiesIn(`${prefix}-media`)).flatMap((one) =>
    one.name.startsWith(".") ? [] : outdated(one, until, Date.now()),
  );
  if (old.length === 0) return [fine(KEY, "Swift keeps versions")];
  return [wrong(KEY, "nobody deletes old versions: npm run uploads -- STACK --prune does, from a timer of yours")];
}
