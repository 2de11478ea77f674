/** The security groups of a store, from its table of connections. */
import type * as pulumi from "@pulumi/pulumi";
import { keeperPortsOf, portsOf, type StorageEndpoints } from "../cloud/storage-endpoints";
import type { StoreConfig } from "../config/schema";
import type { Naming } from "../core/naming";
import { connectionFacts, ruleTable } from "../features/connections";
import { SecurityGroups } from "../network/security-groups";

export interface SecurityArgs {
  readonly naming: Naming;
  readonly config: StoreConfig;
  readonly cloud: { readonly storage: StorageEndpoints | undefined };
}

export function makeSecurity(
  name: string,
  { naming, config, cloud: { storage } }: SecurityArgs,
  opts: pulumi.ComponentResourceOptions,
): SecurityGroups {
  const facts = connectionFacts(config, storage && portsOf(storage), storage && keeperPortsOf(storage));
  const groups = facts.groups.map((group) => group.name);
  return new SecurityGroups(name, { naming, groups, rules: ruleTable(facts) }, opts);
}
