/** Rules for what the operations server may reach. */
import type * as pulumi from "@pulumi/pulumi";
import type { Naming } from "../../components/core/naming";
import { PORTS } from "../../components/core/security-rule";
import type { ReferencedStore } from "../../components/store-reference";
import { allow, platformRules, type Rule } from "../shared/rules";
import type { DashboardConfig } from "./config";
import type { DashboardCloud } from "./discover";

export function dashboardRules(
  config: DashboardConfig,
  { endpoints }: Pick<DashboardCloud, "endpoints">,
  { cidrs, databaseEndpoint, publicAddress, storefrontUrl }: ReferencedStore,
): Rule[] {
  const database = [`${databaseEndpoint.host}/32`];
  const services = [...new Set(Object.values(endpoints).map(portOf))];
  return [
    ...platformRules(config, cidrs.app),
    ...allow("egress", "tcp", databaseEndpoint.port, database, "the database, as a reader"),
    ...allow("egress", "tcp", PORTS.http, [cidrs.web, cidrs.app], "health of the web and app servers"),
    ...allow("egress", "tcp", portOf(storefrontUrl), [`${publicAddress}/32`], "the storefront, as shoppers see it"),
    ...services.flatMap((port) => allow("egress", "tcp", port, config.access.services, "OpenStack endpoints")),
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
