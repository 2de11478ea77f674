/** Whether the database takes what all app servers ask of it: the same arithmetic that `up` refuses by. */

import { shortages } from "../../../components/cloud/connections";
import { countedGroups, isService, type StoreConfig } from "../../../components/config/schema";
import { flavorCalled } from "../../../components/core/flavor";
import { maxConnections } from "../../../components/core/sizing";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, wrong } from "../finding";

/** Says nothing where a flavor is not there: the look at the servers names it. */
export async function connections(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  const there = await cloud.flavors();
  const [app, db] = [config.app, config.database].map(({ flavor }) => flavorCalled(there, flavor));
  if (!app || !db) return [];
  const services = countedGroups(config)
    .filter(isService)
    .flatMap(({ key, section }) => {
      const flavor = flavorCalled(there, section.flavor);
      return flavor ? [[key, flavor] as const] : [];
    });
  const found = shortages(config, { app, db, ...Object.fromEntries(services) }, there);
  if (found.length > 0) return found.map(({ key, problem, set }) => wrong(key, problem, set));
  return [
    fine("database.flavor", `${db.name} takes ${maxConnections(db)} connections, as many as there may be at once`),
  ];
}
