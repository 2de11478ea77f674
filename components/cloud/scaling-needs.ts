/** What elastic groups need of a cloud beyond what every store needs. */
import type * as openstack from "@pulumi/openstack";
import { elasticTiers, type StoreConfig } from "../config/schema";
import { cloudApi } from "./api";
import type { Findings } from "./findings";

/** Elastic groups take Heat, and with alarms Aodh and Gnocchi too. */
export async function requireScaling(
  findings: Findings,
  services: ReadonlySet<string>,
  scope: openstack.identity.GetAuthScopeResult,
  config: StoreConfig,
): Promise<void> {
  const { telemetry } = config;
  const tiers = elasticTiers(config);
  const key = (tier: string) => `${tier}.scaling.mode`;
  for (const tier of tiers) {
    findings.requireService(services, "orchestration", key(tier), "elastic groups need Heat; set mode static");
  }
  if (tiers.length === 0) return;
  if (telemetry.driver === "heat-signal") {
    const instead = "whose addresses the driver heat-signal gives; set heat-aodh, or the tier's mode static";
    findings.requireService(services, "cloudformation", "telemetry.driver", `it is Heat's API for URLs, ${instead}`);
  }
  if (telemetry.driver === "heat-aodh") {
    const instead = "set heat-signal, and let alerting of your own call the scaling URLs";
    findings.requireService(services, "alarming", "telemetry.driver", `heat-aodh needs Aodh; ${instead}`);
    findings.requireService(services, "metric", "telemetry.driver", `heat-aodh needs Gnocchi; ${instead}`);
  }
  const credential = await restrictedCredential(scope);
  if (credential === undefined) return;
  for (const tier of tiers) findings.add(key(tier), `"auto" needs a trust; ${RESTRICTED(credential)}`);
}

/** @param name of the application credential */
export const RESTRICTED = (name: string) =>
  `the restricted application credential "${name}" may not make one: sign in with a password, or with a credential made by \`openstack application credential create --unrestricted\`, or set mode static`;

/** Name of the application credential in use, when Keystone forbids it to make trusts. */
async function restrictedCredential(scope: openstack.identity.GetAuthScopeResult): Promise<string | undefined> {
  // Whoever may not ask is none the wiser: Heat will then say it.
  const token = await cloudApi(scope)
    .token()
    .catch(() => undefined);
  const credential = token?.application_credential;
  return credential?.restricted ? credential.name : undefined;
}
