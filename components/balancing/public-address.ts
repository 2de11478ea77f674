import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import type { Naming } from "../core/naming";

export interface PublicAddressArgs {
  readonly naming: Naming;
  readonly cloud: Cloud;
  /** A floating IP of the user's, associated but never released. */
  readonly adopted: string | undefined;
}

export interface AssociationArgs {
  readonly address: pulumi.Input<string>;
  readonly vipPortId: pulumi.Input<string>;
  /** Interfaces that lead from the VIP's subnet to the external network. */
  readonly reachableThrough: pulumi.Resource[];
}

/**
 * The store's floating IP: our own, or one that the user had before. It is there before the balancer, since the shop
 * must know its own address.
 */
export class PublicAddress extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: PublicAddressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:balancing:PublicAddress", name, {}, opts);
    this.address = args.adopted !== undefined ? pulumi.output(args.adopted) : this.create(name, args);
    this.registerOutputs({ address: this.address });
  }

  private create(name: string, { naming, cloud }: PublicAddressArgs): pulumi.Output<string> {
    return new openstack.networking.FloatingIp(
      name,
      {
        pool: cloud.externalNetwork.name,
        description: `storefront of ${naming.prefix}`,
        tags: naming.tags("web"),
        ...(cloud.floatingSubnetId ? { subnetId: cloud.floatingSubnetId } : {}),
      },
      { parent: this },
    ).address;
  }
}

/** Puts an address on the public balancer's VIP. */
export function associate(
  name: string,
  { address, vipPortId, reachableThrough }: AssociationArgs,
  opts: { readonly parent: PublicAddress },
): pulumi.Resource {
  return new openstack.networking.FloatingIpAssociate(
    name,
    { floatingIp: address, portId: vipPortId },
    // Neutron refuses to associate an address that no router can reach.
    { ...opts, dependsOn: reachableThrough },
  );
}
