/** What ends by itself within a month: the same that a preview warns of. */
import { inTime } from "../../../components/cloud/expiries";
import type { StoreConfig } from "../../../components/config/schema";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, unknown, wrong } from "../finding";

/** @param prefix of the stack's names */
export async function endings(cloud: CloudView, config: StoreConfig, prefix: string): Promise<Finding[]> {
  const found = await cloud.expiries(config, prefix, await certificateRef(cloud, config));
  const { over, soon } = inTime(found);
  const findings = [
    ...over.map(({ key, text }) => wrong(key, text)),
    ...[...soon, ...found.owners, ...found.unread].map(({ key, text }) => unknown(key, text)),
  ];
  if (findings.length > 0 || found.all.length === 0) return findings;
  const [first] = found.all.map(({ until }) => until.toISOString().slice(0, 10)).sort();
  return [fine("expiry", `nothing ends before ${first}`)];
}

/** The stack file has a name or a reference. A name that is not there is another check's. */
async function certificateRef(cloud: CloudView, { balancing }: StoreConfig): Promise<string | undefined> {
  const container = balancing.tls?.container;
  if (container === undefined || !cloud.has("key-manager")) return undefined;
  if (/^https?:/.test(container)) return container;
  return (await cloud.certificates()).find(({ name }) => name === container)?.container_ref;
}
