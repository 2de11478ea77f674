/** Several people may have a store of one name in one project, each on a backend of his own: names and tags are the same. */
import { z } from "zod";
import type { CloudApi } from "../../components/cloud/api";

const answer = z.object({
  subnets: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      network_id: z.string(),
      project_id: z.string().optional(),
      tags: z.array(z.string()).default([]),
    }),
  ),
});

/**
 * The store's subnets on networks that the state does not have. A network whose making was cut short has no subnet yet, so
 * these are another backend's, or an earlier store's.
 * @param known ids in the state
 * @returns a line for each
 */
export async function subnetsOfOthers(
  cloud: Pick<CloudApi, "call">,
  projectId: string,
  tag: string,
  known: ReadonlySet<string>,
): Promise<string[]> {
  const path = `/v2.0/subnets?project_id=${projectId}&tags=${encodeURIComponent(tag)}`;
  const { subnets } = answer.parse(await cloud.call("network", path));
  return subnets
    .filter(({ tags, project_id: owner }) => tags.includes(tag) && (owner ?? projectId) === projectId)
    .filter(({ id, network_id: network }) => !known.has(id) && !known.has(network))
    .map(({ id, name, network_id: network }) => `subnet ${name} (${id}) on network ${network}`);
}
