/** A session with the stack's own cloud, outside of its program. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as openstack from "@pulumi/openstack";
import { type ConfigMap, LocalWorkspace } from "@pulumi/pulumi/automation";
import { connectionSettings } from "../../components/cloud/connection-settings";
import { signInError } from "../../components/cloud/findings";
import { patiently } from "../../components/cloud/patience";
import { type Session, sessionOf } from "../../components/cloud/session";

/**
 * @param config the stack's; only its `openstack:` keys are used, next to the environment
 * @returns what `cloudApi` takes
 * @throws Error with the cloud's reason, and what to do
 */
export async function signIn(config: ConfigMap, env: Readonly<Record<string, string>>): Promise<Session> {
  let scope: openstack.identity.GetAuthScopeResult | undefined;
  let refusal: unknown;
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-sign-in-"));
  try {
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        stackName: "sign-in",
        projectName: "sign-in",
        program: async () => {
          // Kept for our own message: the engine's is a page long.
          const ask = () => openstack.identity.getAuthScope({ name: "sign-in", setTokenId: true });
          scope = await patiently(true, ask).catch((cause) => {
            refusal = cause;
            return undefined;
          });
        },
      },
      { envVars: { ...env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "nothing is kept" } },
    );
    const credentials = Object.entries(config).filter(([key]) => key.startsWith("openstack:"));
    await stack.setAllConfig(Object.fromEntries(credentials));
    await stack.preview();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (!scope) throw signInError(refusal);
  const configured = (key: string) => config[`openstack:${key}`]?.value;
  return sessionOf(scope, await connectionSettings(configured, scope.region, { ...process.env, ...env }));
}
