import * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";

/**
 * A server group of Nova's: its servers are on different hosts as far as the cloud has them. Strict anti-affinity could leave
 * a replacement without a host.
 *
 * @param name of the resource @param groupName in the cloud
 */
export function keptApart(name: string, groupName: string, parent: pulumi.Resource): openstack.compute.ServerGroup {
  // Version 5 of the SDK has the one policy out of its list; plugins of both take the list.
  const args: pulumi.Inputs = { name: groupName, policies: ["soft-anti-affinity"] };
  return new openstack.compute.ServerGroup(name, args, { parent });
}
