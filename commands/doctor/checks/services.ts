/** What the catalogue must list. */
import type { StoreConfig } from "../../../components/config/schema";
import { serviceNeeds } from "../../../components/features/service-needs";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, wrong } from "../finding";

export async function services(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  return serviceNeeds(config).map(({ key, type, name, otherwise, set }) =>
    cloud.has(type)
      ? fine(key, `${name} is there`)
      : wrong(key, `the catalogue has no ${type} service: ${otherwise}`, set),
  );
}
