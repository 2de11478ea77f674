/** Balancers that Octavia could not make are in the way of the next. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type CloudApi } from "../../components/cloud/api";
import type { FailedBalancer } from "../../components/cloud/failed-balancers";
import { say } from "../../toolchain/progress";
import { type ExportedState, knownIds } from "./state";

const POLL_SECONDS = 2;
const PATIENCE_SECONDS = 300;

/**
 * Deletes the stack's own balancers that never carried traffic, and waits until they are gone: those without listeners and
 * pools that the state has, or that are on a subnet that it has. All others are named, with the command that deletes them.
 * @returns whether the state has one of them, and so must be refreshed
 * @throws Error when one does not go
 */
export async function removeFailedBalancers(
  cloud: Pick<CloudApi, "call">,
  state: Pick<ExportedState, "deployment">,
  failed: readonly FailedBalancer[],
): Promise<boolean> {
  const known = knownIds(state);
  const isOwn = ({ id, subnetId }: FailedBalancer) => known.has(id) || (subnetId !== undefined && known.has(subnetId));
  const unused = failed.filter((balancer) => balancer.isEmpty && isOwn(balancer));
  for (const balancer of failed.filter((one) => !unused.includes(one))) {
    const { id, name, isEmpty } = balancer;
    const why = isEmpty ? "this backend's state does not know its subnet" : "it has listeners or pools";
    say(
      `balancer ${name} (${id}) is in ERROR and is left alone, for ${why}; if nobody uses it: openstack loadbalancer delete --cascade ${id}`,
    );
  }
  for (const { id, name } of unused) {
    say(`balancer ${name} (${id}) is in ERROR and was never in use: deleting it`);
    await deleted(cloud, id);
  }
  return unused.some(({ id }) => known.has(id));
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
