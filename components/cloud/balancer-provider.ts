/** Which provider of Octavia makes the balancers where the stack file names none. */
import { z } from "zod";
import { type BalancingConfig, balancesConnections } from "../config/balancing-schema";
import type { CloudApi } from "./api";
import type { ExistingStore } from "./existing-store";
import type { Findings } from "./findings";

const answer = z.object({ providers: z.array(z.object({ name: z.string() })) });

/** Two names of one provider. */
const AMPHORA = ["amphora", "octavia"];

/** `name`: to be asked for; `problem`: none can be told; neither: the cloud's default will do. */
export interface ProviderChoice {
  readonly name?: string | undefined;
  readonly problem?: string;
}

/**
 * Octavia does not tell its default. Where that could be one without HTTP listeners, another one is asked for by name.
 * @param there all that Octavia has
 * @param existing that of the store's own balancers
 */
export function chosenProvider(there: readonly string[], existing: string | undefined): ProviderChoice {
  const able = there.filter((name) => !balancesConnections({ provider: name }));
  if (able.length === there.length) return {};
  if (existing !== undefined && able.includes(existing)) return { name: existing };
  const amphora = AMPHORA.find((name) => able.includes(name));
  const [only, another] = able;
  if (amphora || (only && !another)) return { name: amphora ?? only };
  return {
    problem: only
      ? `none is named, and Octavia has ${there.join(", ")} and does not tell its default: name one of ${able.join(", ")}`
      : `none is named, and Octavia has only ${there.join(", ")}, which has no HTTP listeners: name it, for balancers that pass connections on (docs/balancing.md), or set balancing.driver haproxy`,
  };
}

/** @returns the provider to ask for; none: that of the flavor, or the cloud's default */
export async function balancerProvider(
  findings: Findings,
  api: Pick<CloudApi, "call">,
  { driver, provider, flavor }: BalancingConfig,
  { web, app }: ExistingStore["balancers"],
): Promise<string | undefined> {
  // Only a provider with HTTP listeners has flavors.
  if (driver !== "octavia" || provider || flavor) return undefined;
  const found = await api.call("load-balancer", "/v2/lbaas/providers").catch(() => undefined);
  const { providers } = answer.safeParse(found).data ?? { providers: [] };
  const { name, problem } = chosenProvider(
    providers.map((one) => one.name),
    (web ?? app)?.provider,
  );
  if (problem) findings.add("balancing.provider", problem);
  return name;
}
