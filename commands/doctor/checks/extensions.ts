/** Whether Neutron has what the stack file needs beyond its core. */
import { inWords } from "../../../components/cloud/extensions";
import type { StoreConfig } from "../../../components/config/schema";
import { extensionNeeds } from "../../../components/features/extension-needs";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, wrong } from "../finding";

export async function extensions(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  if (!cloud.has("network")) return [];
  const missing = await cloud.missingExtensions(config);
  if (missing.length > 0) return missing.map((need) => wrong(need.key, inWords(need), need.set));
  const all = [...new Set(extensionNeeds(config).map(({ alias }) => alias))];
  return [fine("network", `Neutron has ${all.join(", ")}`)];
}
