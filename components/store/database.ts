/** The database of a store: one server, or a pair. */
import * as pulumi from "@pulumi/pulumi";
import type { CloudApi } from "../cloud/api";
import { idsOfGroup } from "../cloud/existing-servers";
import type { StoreConfig } from "../config/schema";
import { Database, type DatabaseArgs } from "../database/database";
import { DatabasePair } from "../database/pair";
import type { DatabaseTier } from "../database/tier";
import { Handover } from "../readiness/handover";

export interface DatabaseTierArgs extends DatabaseArgs {
  readonly config: Pick<StoreConfig, "boot" | "cloud" | "database" | "shop">;
  /** As `lateApi` gives it. */
  readonly api: () => Promise<CloudApi>;
}

export function makeDatabase(
  name: string,
  { api, ...args }: DatabaseTierArgs,
  opts: pulumi.ComponentResourceOptions,
): DatabaseTier {
  const { boot, database } = args.config;
  if (database.mode === "single") return new Database(name, args, opts);
  const existing = idsOfGroup(args.cloud.existing?.servers ?? [], args.naming.prefix, "db");
  // With fewer there is nothing to take turns with, and the first one waits for the second.
  const takesTurns = existing.size === 2 && boot.handover > 0 && !pulumi.runtime.isDryRun();
  const progress = (line: string) => void pulumi.log.info(line, opts.parent, undefined, true);
  const handover = takesTurns
    ? new Handover({ api, existing, seconds: boot.handover, discovery: 0, pooled: false, progress })
    : undefined;
  return new DatabasePair(name, { ...args, handover }, opts);
}
