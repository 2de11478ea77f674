/** What the region must have. */
import type { StoreConfig } from "../../../components/config/schema";
import { serviceNeeds } from "../../../components/features/service-needs";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, wrong } from "../finding";

export async function services(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  return serviceNeeds(config).map(({ key, type, name, otherwise, set }) => {
    const why = cloud.absence(type);
    return why === undefined ? fine(key, `${name} is there`) : wrong(key, `${why}: ${otherwise}`, set);
  });
}
