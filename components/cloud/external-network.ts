/** The network that floating IPs come from. */
import * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isUuid } from "../core/uuid";
import type { CloudApi } from "./api";

export interface ExternalNetwork {
  readonly id: string;
  readonly name: string;
}

const answer = z.object({ networks: z.array(z.object({ id: z.string(), name: z.string() })).default([]) });

export async function findExternalNetwork(nameOrId: string, opts?: pulumi.InvokeOptions): Promise<ExternalNetwork> {
  const by = isUuid(nameOrId) ? { networkId: nameOrId } : { name: nameOrId };
  const network = await openstack.networking.getNetwork({ ...by, external: true }, opts);
  return { id: network.id, name: network.name ?? nameOrId };
}

/**
 * The provider takes a new floating IP from the first network of a name, whichever that is.
 * @returns why it might be another network; none: it is this one
 */
export async function otherOfItsName(
  api: Pick<CloudApi, "call">,
  { id, name }: ExternalNetwork,
): Promise<string | undefined> {
  const path = `/v2.0/networks?name=${encodeURIComponent(name)}&fields=id&fields=name`;
  const { networks } = answer.parse(await api.call("network", path));
  const others = networks.filter((one) => one.name === name && one.id !== id).map((one) => one.id);
  if (others.length === 0) return undefined;
  return (
    `is named "${name}", as another network that you may see (${others.join(", ")}), and floating IPs are taken by name: ` +
    `make one yourself, \`openstack floating ip create ${id}\`, and give its address as cloud.floatingIp`
  );
}
