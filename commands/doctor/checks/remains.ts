/** What an earlier run has left in the cloud that is in the way of the next. */
import type { StoreConfig } from "../../../components/config/schema";
import type { CloudView } from "../cloud-view";
import { type Finding, wrong } from "../finding";

/** @param tag of the stack's objects */
export async function remains(cloud: CloudView, config: StoreConfig, tag: string): Promise<Finding[]> {
  if (config.balancing.driver !== "octavia" || !cloud.has("load-balancer")) return [];
  const failed = await cloud.failedBalancers(tag);
  return failed.map(({ id, name }) =>
    wrong("balancing", `load balancer ${name} (${id}) is in ERROR, of which Octavia takes no change; npm run repair`),
  );
}
