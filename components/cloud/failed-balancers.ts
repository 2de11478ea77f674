/**
 * Balancers of the store that Octavia has given up. Octavia changes no balancer in ERROR, and no other balancer can have its
 * address. If a balancer was in ERROR from its beginning, the state has it as one that was made in part; with provider
 * 3.3.2 and older no state has it, since those learn the id only once the balancer is ACTIVE.
 */
import { z } from "zod";
import type { CloudApi } from "./api";

const answer = z.object({
  loadbalancers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      provisioning_status: z.string(),
      tags: z.array(z.string()).default([]),
      vip_subnet_id: z.string().nullish(),
      listeners: z.array(z.unknown()).default([]),
      pools: z.array(z.unknown()).default([]),
    }),
  ),
});

export interface FailedBalancer {
  readonly id: string;
  readonly name: string;
  /** Of its address. */
  readonly subnetId: string | undefined;
  /** It has no listener and no pool, so it never carried traffic. */
  readonly isEmpty: boolean;
}

/**
 * @param projectId the project that owns them: administrators see the balancers of all projects
 * @param tag that the store's objects have, `<project>-<stack>`
 */
export async function failedBalancers(
  api: Pick<CloudApi, "call">,
  projectId: string,
  tag: string,
): Promise<FailedBalancer[]> {
  const query = `?project_id=${projectId}&provisioning_status=ERROR`;
  const { loadbalancers } = answer.parse(await api.call("load-balancer", `/v2/lbaas/loadbalancers${query}`));
  // Looked at again: an older Octavia may ignore what it does not know in a query.
  return loadbalancers
    .filter(({ provisioning_status: status, tags }) => status === "ERROR" && tags.includes(tag))
    .map(({ id, name, vip_subnet_id: subnet, listeners, pools }) => ({
      id,
      name,
      subnetId: subnet ?? undefined,
      isEmpty: listeners.length + pools.length === 0,
    }));
}

/** @throws Error naming each of them, and the ways out */
export async function refuseFailedBalancers(...args: Parameters<typeof failedBalancers>): Promise<void> {
  const failed = await failedBalancers(...args);
  if (failed.length === 0) return;
  const lines = failed.map(({ id, name }) => `  ${name} (${id})\n`).join("");
  throw new Error(
    `load balancers of the store are in ERROR; nothing was created or changed:\n${lines}` +
      "  What to do: remove the cause. `npm run repair -- STACK` deletes those that could not be made; one that has served " +
      "is mended by `openstack loadbalancer failover`, or deleted with `--cascade` and made anew after `pulumi refresh`",
  );
}
