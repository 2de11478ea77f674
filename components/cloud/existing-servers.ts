/** The store's existing servers, before this run changes anything. */
import { z } from "zod";
import type { CloudApi } from "./api";

const serversSchema = z.object({ servers: z.array(z.object({ id: z.string(), name: z.string() })) });

/** Nova's ids, by the name of the servers' group. */
export type ExistingServers = ReadonlyMap<string, ReadonlySet<string>>;

/** In a preview and where nobody waits for new servers, nobody needs to know. */
export const NONE_EXISTING: ExistingServers = new Map();

/** @param prefix what the servers' names begin with, `<project>-<stack>` @param groups names of groups */
export async function existingServers(
  api: Pick<CloudApi, "call">,
  prefix: string,
  groups: readonly string[],
): Promise<ExistingServers> {
  // Nova takes alternatives in a name for text.
  const query = encodeURIComponent(`^${prefix}-`);
  const { servers } = serversSchema.parse(await api.call("compute", `/servers?name=${query}`));
  const idsOf = (group: string) =>
    servers.filter(({ name }) => new RegExp(`^${prefix}-${group}-[0-9]+$`).test(name)).map(({ id }) => id);
  return new Map(groups.map((group) => [group, new Set(idsOf(group))]));
}
