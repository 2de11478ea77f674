/**
 * Balancers that Octavia could not make. The provider learns a balancer's id only once it is ACTIVE, so one that ended in
 * ERROR is in the cloud but in no state, and its address is refused to the next.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ApiError, type CloudApi } from "../../components/cloud/api";
import type { Naming } from "../../components/naming";
import { say } from "../progress";
import type { ExportedState } from "./state";

const POLL_SECONDS = 2;
const PATIENCE_SECONDS = 300;

const answer = z.object({
  loadbalancers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      provisioning_status: z.string(),
      tags: z.array(z.string()).default([]),
    }),
  ),
});

/**
 * Deletes them, with whatever hangs on them, and waits until they are gone. They never carried traffic.
 * @throws Error when one does not go
 */
export async function removeFailedBalancers(
  cloud: Pick<CloudApi, "call" | "token">,
  { deployment }: Pick<ExportedState, "deployment">,
  naming: Naming,
): Promise<void> {
  const known = new Set(deployment.resources.map(({ id }) => id));
  // Of this project alone: administrators see those of all.
  const { project } = await cloud.token();
  const query = project ? `?project_id=${project.id}` : "";
  const { loadbalancers } = answer.parse(await cloud.call("load-balancer", `/v2/lbaas/loadbalancers${query}`));
  const failed = loadbalancers.filter(
    ({ id, provisioning_status: status, tags }) => status === "ERROR" && tags.includes(naming.prefix) && !known.has(id),
  );
  for (const { id, name } of failed) {
    say(`balancer ${name} (${id}) is in ERROR and was never in use: deleting it`);
    await deleted(cloud, id);
  }
}

async function deleted(cloud: Pick<CloudApi, "call">, id: string): Promise<void> {
  const path = `/v2/lbaas/loadbalancers/${id}`;
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  try {
    await cloud.call("load-balancer", `${path}?cascade=true`, "DELETE");
    while (Date.now() < deadline) {
      await cloud.call("load-balancer", path);
      await sleep(POLL_SECONDS * 1000);
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    throw error;
  }
  throw new Error(`balancer ${id} is still there ${PATIENCE_SECONDS} s after its deletion; ask the cloud's operators`);
}
