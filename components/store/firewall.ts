/** The firewall at the router of web and app, where one is asked for. */
import type * as pulumi from "@pulumi/pulumi";
import { keeperPortsOf, portsOf, type StorageEndpoints } from "../cloud/storage-endpoints";
import type { StoreConfig } from "../config/schema";
import type { Naming } from "../core/naming";
import { routerRules } from "../features/router-firewall";
import { RouterFirewall } from "../network/router-firewall";
import type { Routing } from "../network/routing";

export interface FirewallArgs {
  readonly naming: Naming;
  readonly config: StoreConfig;
  readonly cloud: { readonly storage: StorageEndpoints | undefined };
  readonly routing: Pick<Routing, "edgePorts">;
}

export function makeFirewall(
  name: string,
  { naming, config, cloud: { storage }, routing }: FirewallArgs,
  opts: pulumi.ComponentResourceOptions,
): RouterFirewall | undefined {
  if (!config.access.firewall) return undefined;
  const rules = routerRules(config, storage && portsOf(storage), storage && keeperPortsOf(storage));
  return new RouterFirewall(name, { naming, rules, ports: routing.edgePorts }, opts);
}
