/** Whether the flavors hold what the app servers' PHP and the database's connections take together. */
import type * as openstack from "@pulumi/openstack";
import { z } from "zod";
import type { StoreConfig } from "../config/schema";
import type { Flavor } from "../core/flavor";
import { cloudApi } from "./api";
import { shortages } from "./connections";
import type { Findings } from "./findings";

const flavorsSchema = z.array(z.object({ name: z.string(), vcpus: z.number(), ram: z.number(), disk: z.number() }));

/** Adds what is too small, with flavors of this cloud that do, where it lists them. */
export async function requireConnections(
  findings: Findings,
  scope: openstack.identity.GetAuthScopeResult,
  config: StoreConfig,
  flavors: Readonly<{ app: Flavor; db: Flavor }>,
): Promise<void> {
  if (shortages(config, flavors, []).length === 0) return;
  const there = await listFlavors(scope).catch(() => []);
  for (const { key, problem } of shortages(config, flavors, there)) findings.add(key, problem);
}

async function listFlavors(scope: openstack.identity.GetAuthScopeResult): Promise<Flavor[]> {
  const answer = await cloudApi(scope).call("compute", "/flavors/detail");
  return flavorsSchema.parse(answer.flavors);
}
