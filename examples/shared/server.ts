/** The stack's one server, as its stack file says it. */
import type { Naming, ServerArgs } from "../../components/index";
import type { ConsumerConfig } from "./config";

/** Name of its group, as in its own name, `<project>-<stack>-server-1`. */
export const GROUP = "server";

/** It installs its packages when it boots, and keeps its address when it is replaced. */
export function serverOf({ server, boot }: Pick<ConsumerConfig, "server" | "boot">, naming: Naming, imageId: string) {
  const { flavor, keyPair, zone } = server;
  return {
    naming,
    tier: GROUP,
    number: 1,
    imageId,
    flavor,
    keyPair,
    zone,
    boot: { mode: "packages", base: boot },
    keepsPorts: true,
  } as const satisfies Partial<ServerArgs>;
}
