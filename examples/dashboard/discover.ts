import * as openstack from "@pulumi/openstack";
import { Findings, publicEndpoint, type ReferencedStore } from "../../components/index";
import { discoverServer } from "../shared/discover";
import type { DashboardConfig } from "./config";

/** Facts of the cloud that the dashboard is built on. */
export interface DashboardCloud {
  readonly imageId: string;
  readonly region: string;
  /** Public endpoints, without a slash at the end; Keystone's without its version. */
  readonly endpoints: Readonly<Record<"identity" | "compute" | "object-store", string>>;
}

/** @throws Error naming every key whose value the cloud or the store does not have */
export async function discover(
  namespace: string,
  config: DashboardConfig,
  store: ReferencedStore,
): Promise<DashboardCloud> {
  const findings = new Findings(namespace);
  if (!store.databaseReaders.includes(config.reader)) {
    const remediation = "put it into database.readers there, which the running database server learns within a minute";
    findings.add("reader", `stack ${config.store} has no database reader "${config.reader}": ${remediation}`);
  }
  const scope = await openstack.identity.getAuthScope({ name: "dashboard" });
  const { region } = scope;
  const endpoint = (type: string) => {
    const url = publicEndpoint(scope, type);
    if (!url) {
      const where = region ? ` in region ${region}` : "";
      findings.add("store", `the cloud's catalogue has no public endpoint of type ${type}${where}`);
    }
    return url ?? "";
  };
  const endpoints = {
    identity: endpoint("identity"),
    compute: endpoint("compute"),
    "object-store": endpoint("object-store"),
  };
  return { imageId: await discoverServer(namespace, config, findings), region, endpoints };
}
