/** What the keeper makes the database's volume larger with. */
import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import type { VolumeGrowth } from "../cloud-init/roles/keeper";
import type { StoreConfig } from "../config/schema";
import type { Naming } from "../core/naming";
import { GrowthAccess } from "../database/growth-access";
import type { DatabaseTier } from "../database/tier";

export interface GrowthArgs {
  readonly naming: Naming;
  readonly config: Pick<StoreConfig, "database">;
  readonly cloud: Pick<Cloud, "storage">;
  readonly database: Pick<DatabaseTier, "volumeId">;
}

/** @returns a secret; nothing where the volume stays as large as the stack file says */
export function makeGrowth(
  name: string,
  { naming, config, cloud, database: { volumeId } }: GrowthArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<VolumeGrowth> | undefined {
  const { grow } = config.database.volume;
  const endpoint = cloud.storage?.volumes;
  if (!grow || !endpoint) return undefined;
  return new GrowthAccess(`${name}-growth`, { prefix: naming.prefix, config: grow, endpoint, volumeId }, opts).growth;
}
