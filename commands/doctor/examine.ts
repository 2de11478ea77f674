import type { Session } from "../../components/cloud/session";
import type { StoreConfig } from "../../components/config/schema";
import { backups } from "./checks/backups";
import { changes } from "./checks/changes";
import { connections } from "./checks/connections";
import { endings } from "./checks/expiries";
import { extensions } from "./checks/extensions";
import { balancing, keyPair, networks, servers, volumeTypes, zones } from "./checks/names";
import { quotas } from "./checks/quotas";
import { remains } from "./checks/remains";
import { heat, telemetry } from "./checks/scaling";
import { services } from "./checks/services";
import { uploads } from "./checks/uploads";
import { CloudView } from "./cloud-view";
import { type Finding, unknown } from "./finding";

/**
 * Looks at a cloud for all that a configuration needs, and changes nothing.
 * @param prefix of the stack's names
 */
export async function examine(session: Session, config: StoreConfig, prefix: string): Promise<Finding[]> {
  const cloud = new CloudView(session);
  const checks: Readonly<Record<string, () => Promise<Finding[]>>> = {
    services: () => services(cloud, config),
    extensions: () => extensions(cloud, config),
    network: () => networks(cloud, config),
    servers: () => servers(cloud, config),
    connections: () => connections(cloud, config),
    "cloud.keyPair": () => keyPair(cloud, config),
    zones: () => zones(cloud, config),
    "volume types": () => volumeTypes(cloud, config),
    balancing: () => balancing(cloud, config),
    "load balancers": () => remains(cloud, config, prefix),
    changes: () => changes(cloud, config, prefix),
    backups: () => backups(cloud, config, prefix),
    expiry: () => endings(cloud, config, prefix),
    uploads: () => uploads(cloud, config, prefix),
    quota: () => quotas(cloud, config, prefix),
    scaling: () => heat(cloud, config),
    telemetry: () => telemetry(cloud, config),
  };
  const found = await Promise.all(
    Object.entries(checks).map(([what, check]) =>
      check().catch((cause: unknown) => [unknown(what, cause instanceof Error ? cause.message : String(cause))]),
    ),
  );
  return found.flat();
}
