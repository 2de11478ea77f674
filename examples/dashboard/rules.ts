/** Rules for what the operations server may reach. */
import type * as pulumi from "@pulumi/pulumi";
import {
  allow,
  type Naming,
  PORTS,
  platformRules,
  type ReferencedStore,
  type SecurityRule,
} from "../../components/index";
import { GROUP } from "../shared/server";
import type { DashboardConfig } from "./config";
import type { DashboardCloud } from "./discover";

export function dashboardRules(
  config: DashboardConfig,
  { endpoints }: Pick<DashboardCloud, "endpoints">,
  { cidrs, databaseEndpoint, publicAddress, storefrontUrl }: ReferencedStore,
): SecurityRule[] {
  const database = [`${databaseEndpoint.host}/32`];
  const out = (port: number, to: readonly string[], reason: string) => allow(GROUP, "egress", "tcp", port, to, reason);
  const services = [...new Set(Object.values(endpoints).map(portOf))];
  return [
    ...platformRules(GROUP, { ...config, subnet: cidrs.app, leadsOut: true }),
    ...out(databaseEndpoint.port, database, "the database, as a reader"),
    ...out(PORTS.http, [cidrs.web, cidrs.app], "health of the web and app servers"),
    ...out(portOf(storefrontUrl), [`${publicAddress}/32`], "the storefront, as shoppers see it"),
    ...services.flatMap((port) => out(port, config.access.services, "OpenStack endpoints")),
  ];
}

/** In the web servers' group; app servers let in the whole app network. */
export function probes<T extends pulumi.Input<string>>(cidr: T, { prefix }: Naming) {
  const reason = `health, asked by ${prefix}`;
  return { direction: "ingress", protocol: "tcp", port: PORTS.http, cidr, reason } as const;
}

/** TCP port of an address, the scheme's own where it names none. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port ? Number(port) : protocol === "https:" ? PORTS.https : PORTS.http;
}
