/** The store's existing servers, before this run changes anything. */
import { z } from "zod";
import type { Part } from "../config/schema";
import type { CloudApi } from "./api";

const serversSchema = z.object({ servers: z.array(z.object({ id: z.string(), name: z.string() })) });

/** Nova's ids, by the parts whose servers come and go. */
export type ExistingServers = Readonly<Record<Exclude<Part, "db">, ReadonlySet<string>>>;

const byPart = (of: (part: keyof ExistingServers) => ReadonlySet<string>): ExistingServers => ({
  web: of("web"),
  app: of("app"),
  "web-balancer": of("web-balancer"),
  "app-balancer": of("app-balancer"),
});

/** In a preview and where nobody waits for new servers, nobody needs to know. */
export const NONE_EXISTING = byPart(() => new Set());

/** @param prefix what the servers' names begin with, `<project>-<stack>` */
export async function existingServers(api: Pick<CloudApi, "call">, prefix: string): Promise<ExistingServers> {
  // Nova takes alternatives in a name for text.
  const query = encodeURIComponent(`^${prefix}-`);
  const { servers } = serversSchema.parse(await api.call("compute", `/servers?name=${query}`));
  return byPart((part) => {
    const named = servers.filter(({ name }) => new RegExp(`^${prefix}-${part}-[0-9]+$`).test(name));
    return new Set(named.map(({ id }) => id));
  });
}
