/** What `npm run up` says at its end: what stands, where, how to look at it and how to take it away. */
import type { OutputMap } from "@pulumi/pulumi/automation";

interface Store {
  readonly stackName: string;
  readonly outputs: OutputMap;
  /** Whether servers boot in this profile of the lab. */
  readonly boots: boolean;
}

export function closingLines({ stackName, outputs, boots }: Store): string[] {
  const url = String(outputs.storefrontUrl?.value);
  const prefix = String(outputs.name?.value);
  const other = stackName === "dev" ? "" : ` -- ${stackName}`;
  const elastic = Object.values(Object(outputs.scaling?.value)).some((handles) => Boolean(handles));
  const servers = new Set([...idsOf(outputs.serverIds?.value), ...idsOf(outputs.balancerServerIds?.value)]);
  return [
    `Store ${prefix}: ${servers.size} servers${elastic ? ", and those that Heat adds" : ""}`,
    boots
      ? `Shop:     ${url}   administration: ${url}admin/ as admin`
      : `Shop:     ${url} (nothing answers there: servers of this profile do not boot)`,
    `Password: eval "$(npm run -s lab -- env${stackName === "dev" ? "" : ` ${stackName}`})"; npx pulumi stack output adminPasswords --show-secrets --stack ${stackName}`,
    boots
      ? `Look:     npm run open${other} saves a picture; npm run lab -- guest ${prefix}-web-1 opens a shell`
      : "Look:     openstack server list, after the eval above",
    `Remove:   npm run down${other}; npm run lab -- down stops the lab`,
  ];
}

/** @param groups ids of the servers of each group; nothing: there are none */
function idsOf(groups: unknown): readonly unknown[] {
  const ids: Readonly<Record<string, readonly unknown[] | undefined>> = Object(groups);
  return Object.values(ids).flatMap((group) => group ?? []);
}
