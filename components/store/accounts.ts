/** An `up` that changes who may use the databases ends when the running server has applied it, or says that it has not. */
import * as pulumi from "@pulumi/pulumi";
import type { CloudApi } from "../cloud/api";
import type { Cloud } from "../cloud/discover";
import type { StoreConfig } from "../config/schema";
import { accountsMark } from "../core/wanted-accounts";
import type { DatabaseTier } from "../database/tier";
import { accountsLeft } from "../readiness/accounts";

export interface AccountsArgs {
  readonly config: Pick<StoreConfig, "boot">;
  readonly cloud: { readonly existing: Pick<Cloud["existing"], "servers"> };
  readonly database: Pick<DatabaseTier, "accounts" | "serverIds">;
  readonly api: () => Promise<Pick<CloudApi, "post">>;
  /** Seconds between two looks; default 5. */
  readonly pause?: number;
}

/** Metadata is read every 30 s, and Nova may keep an answer for 15. */
const PATIENCE = 90;

/** Resolves at once where there is no change, or the server is a new one, which applies them as it boots. */
export function accountsApplied(
  { config, cloud, database, api, pause }: AccountsArgs,
  opts: pulumi.InvokeOptions,
): pulumi.Output<void> {
  const { boot } = config;
  if (pulumi.runtime.isDryRun() || boot.wait === 0) return pulumi.output(undefined);
  return pulumi.all([database.serverIds, database.accounts]).apply(async ([ids, pieces]) => {
    const before = cloud.existing.servers.find(({ id }) => ids.includes(id))?.metadata;
    if (!before || Object.entries(pieces).every(([key, piece]) => before[key] === piece)) return;
    const seconds = Math.min(PATIENCE, boot.wait);
    const args = { api, ids, mark: accountsMark(pieces), seconds, ...(pause === undefined ? {} : { pause }) };
    const said = await accountsLeft(args).catch((cause: unknown) => `its console cannot be read: ${String(cause)}`);
    if (said === undefined) return;
    const advice =
      "It goes on trying where the cloud has a metadata service; elsewhere replace the server: see docs/limits.md";
    void pulumi.log.warn(
      `the database server has not applied the accounts and databases of the stack file within ${seconds} s; it says: ${said}. ${advice}`,
      opts.parent,
    );
  });
}
