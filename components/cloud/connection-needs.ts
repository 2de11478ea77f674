/** Whether the flavors hold what the app servers' PHP and the database's connections take together. */
import { z } from "zod";
import type { StoreConfig } from "../config/schema";
import type { Flavor } from "../core/flavor";
import type { CloudApi } from "./api";
import { type ShopFlavors, shortages } from "./connections";
import type { Findings } from "./findings";

type Api = Pick<CloudApi, "call">;

const flavorsSchema = z.array(z.object({ name: z.string(), vcpus: z.number(), ram: z.number(), disk: z.number() }));

/** Adds what is too small, with flavors of this cloud that do, where it lists them. */
export async function requireConnections(
  findings: Findings,
  api: Api,
  config: StoreConfig,
  flavors: ShopFlavors,
): Promise<void> {
  if (shortages(config, flavors, []).length === 0) return;
  const there = await listFlavors(api).catch(() => []);
  for (const { key, problem } of shortages(config, flavors, there)) findings.add(key, problem);
}

async function listFlavors(api: Api): Promise<Flavor[]> {
  const answer = await api.call("compute", "/flavors/detail");
  return flavorsSchema.parse(answer.flavors);
}
