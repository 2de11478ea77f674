/** What elastic groups need of a cloud beyond what every store needs. */
import { elasticGroups, type StoreConfig } from "../config/schema";
import type { CloudApi, Token } from "./api";
import type { Findings } from "./findings";

/** Heat acts for the user long after, which takes a trust. */
export async function requireTrust(findings: Findings, api: CloudApi, config: StoreConfig): Promise<void> {
  const groups = elasticGroups(config);
  if (groups.length === 0) return;
  const credential = await applicationCredential(api);
  if (!credential?.restricted) return;
  for (const { key } of groups)
    findings.add(`${key}.scaling.mode`, `"auto" needs a trust; ${noTrust(credential.name)}`);
}

/**
 * Keystone never lets restricted credentials make trusts, and since its fix of LP#2150089 no others either, unless the
 * operator allows it.
 * @param credential name of the application credential
 */
export const noTrust = (credential: string) =>
  `the application credential "${credential}" may not make one: sign in with a password, or with a credential made by \`openstack application credential create --unrestricted\` where Keystone has allow_insecure_application_credential_trust_escalation or is older than that; or set mode static`;

/** The application credential in use, if any; also none where the user may not ask Keystone for it. */
export async function applicationCredential(api: CloudApi): Promise<Token["application_credential"]> {
  const token = await api.token().catch(() => undefined);
  return token?.application_credential;
}
