/** A session with the stack's own cloud. The provider signs in, so whatever it understands works here too. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as openstack from "@pulumi/openstack";
import { type ConfigMap, LocalWorkspace } from "@pulumi/pulumi/automation";

export interface Cloud {
  /** GETs a JSON object. @param service its type in Keystone's catalogue @throws Error unless answered with 2xx */
  readonly get: (service: string, path: string) => Promise<Record<string, unknown>>;
}

const PUBLIC = "public";

/** Other names under which catalogues list a service. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  "block-storage": ["block-storage", "volumev3", "block-store", "volume"],
};

/** @param config the stack's; only its `openstack:` keys are used, next to the environment */
export async function signIn(config: ConfigMap, env: Readonly<Record<string, string>>): Promise<Cloud> {
  let scope: openstack.identity.GetAuthScopeResult | undefined;
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-repair-"));
  try {
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        stackName: "sign-in",
        projectName: "repair",
        program: async () => {
          scope = await openstack.identity.getAuthScope({ name: "repair", setTokenId: true });
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
  if (!scope) throw new Error("the cloud was not asked who we are");
  const { tokenId, serviceCatalogs, region } = scope;
  const endpoint = (service: string) => {
    const names = ALIASES[service] ?? [service];
    const all = serviceCatalogs.find(({ type }) => names.includes(type))?.endpoints ?? [];
    const open = all.filter((one) => one.interface === PUBLIC);
    const url = (open.find((one) => one.region === region) ?? open[0])?.url;
    if (!url) throw new Error(`Keystone's catalogue has no public endpoint of type ${names.join(" or ")}`);
    return url.replace(/\/+$/, "");
  };
  return {
    get: async (service, place) => {
      const url = `${endpoint(service)}${place}`;
      const answer = await fetch(url, { headers: { "X-Auth-Token": tokenId, Accept: "application/json" } });
      if (!answer.ok) throw new Error(`GET ${url} was answered with ${answer.status}`);
      return answer.json();
    },
  };
}
