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

export interface Destination {
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

  constructor(
    private readonly name: string,
    args: PublicAddressArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ecommerce:balancing:PublicAddress", name, {}, opts);
    this.address = args.adopted !== undefined ? pulumi.output(args.adopted) : this.create(name, args);
    this.registerOutputs({ address: this.address });
  }

  /** Puts the address on the public balancer's VIP, and gives what has then been made. */
  leadTo({ vipPortId, reachableThrough }: Destination): pulumi.Resource {
    return new openstack.networking.FloatingIpAssociate(
      this.name,
      { floatingIp: this.address, portId: vipPortId },
      // Neutron refuses to associate an address that no router can reach.
      { parent: this, dependsOn: reachableThrough },
    );
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
