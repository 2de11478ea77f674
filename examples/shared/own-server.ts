import * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import { type Role, renderUserData } from "../../components/cloud-init/role";
import { faultReporter, healthyServerId } from "../../components/compute/server-health";
import type { Naming } from "../../components/core/naming";
import type { ConsumerConfig } from "./config";
import type { OwnGroup } from "./own-group";

export interface OwnServerArgs {
  readonly naming: Naming;
  readonly config: Pick<ConsumerConfig, "server" | "boot">;
  readonly imageId: string;
  /** Secret where it holds a secret. */
  readonly role: pulumi.Output<Role>;
  readonly ports: readonly openstack.networking.Port[];
  readonly group: OwnGroup;
}

/**
 * The stack's one server, which installs its packages when it boots and is replaced by a new one at every change.
 * @returns Nova's id of it, once it is ACTIVE
 */
export function ownServer(
  name: string,
  { naming, config, imageId, role, ports, group }: OwnServerArgs,
  opts: { readonly parent: pulumi.Resource },
): pulumi.Output<string> {
  const { flavor, keyPair, zone } = config.server;
  const user = { hostname: naming.prefix, mode: "packages", base: config.boot } as const;
  const server = new openstack.compute.Instance(
    name,
    {
      name: naming.prefix,
      imageId,
      flavorName: flavor,
      networks: ports.map((port) => ({ port: port.id })),
      userData: role.apply((known) => renderUserData(known, user)),
      metadata: naming.metadata(),
      tags: naming.tags(),
      ...(keyPair ? { keyPair } : {}),
      ...(zone ? { availabilityZone: zone } : {}),
    },
    {
      ...opts,
      dependsOn: group.ready,
      deleteBeforeReplace: true,
      replaceOnChanges: ["imageId"],
      hooks: { onError: [faultReporter(name, naming.prefix, opts)] },
    },
  );
  return healthyServerId(server, naming.prefix, opts);
}
