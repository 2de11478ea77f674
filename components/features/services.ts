/**
 * Services of the shop with servers of their own: each is the app tier once more, for some of its pages. Administration, API, timed
 * jobs and mail stay with the app servers.
 */
import { countedGroups, isService } from "../config/schema";
import { SERVICES } from "../core/services";
import { payments, shopConnections } from "./app";
import { countedGroup } from "./counted-group";
import type { Feature } from "./feature";

export const services: Feature = {
  names: SERVICES,
  groups: (config) =>
    countedGroups(config)
      .filter(isService)
      .map((group) => ({ ...countedGroup(group, config.app.image), imageOf: "app" })),
  connections: (facts) =>
    Object.keys(facts.services ?? {}).flatMap((name) => [
      ...shopConnections(name, facts),
      ...(name === "checkout" ? payments(name, facts) : []),
    ]),
};
