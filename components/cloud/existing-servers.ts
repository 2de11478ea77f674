/** The store's existing servers, before this run changes anything. */
import { z } from "zod";
import type { CloudApi } from "./api";

export interface ExistingServer {
  /** Nova's. */
  readonly id: string;
  readonly name: string;
  /** Of its image in Glance; none: it boots from a volume. */
  readonly imageId: string | undefined;
  /** As `compute/server.ts` writes them. */
  readonly metadata: Readonly<Record<string, string>>;
}

const answer = z.object({
  servers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      // Nova has an empty text for a server that boots from a volume.
      image: z.union([z.object({ id: z.string() }), z.string()]).nullish(),
      metadata: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/** @param prefix what the servers' names begin with, `<project>-<stack>` */
export async function existingServers(api: Pick<CloudApi, "call">, prefix: string): Promise<ExistingServer[]> {
  // Nova takes alternatives in a name for text.
  const query = encodeURIComponent(`^${prefix}-`);
  const { servers } = answer.parse(await api.call("compute", `/servers/detail?name=${query}`));
  return servers.map(({ image, ...server }) => ({
    ...server,
    imageId: typeof image === "object" ? image?.id : undefined,
  }));
}

/** @param group as in the names of its servers; Heat ends them with six letters or digits */
export function idsOfGroup(
  servers: readonly Pick<ExistingServer, "id" | "name">[],
  prefix: string,
  group: string,
): ReadonlySet<string> {
  const ofGroup = new RegExp(`^${prefix}-${group}-([0-9]+|[a-z0-9]{6})$`);
  return new Set(servers.filter(({ name }) => ofGroup.test(name)).map(({ id }) => id));
}
