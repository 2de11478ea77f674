import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import type { Naming } from "../naming";

export interface PublicAddressArgs {
  readonly naming: Naming;
  readonly cloud: Cloud;
  /** A floating IP of the user's, associated but never released. */
  readonly adopted: string | undefined;
  readonly vipPortId: pulumi.Input<string>;
  /** Interfaces that lead from the VIP's subnet to the external network. */
  readonly reachableThrough: pulumi.Resource[];
}

/** The floating IP on the public balancer's VIP: our own, or one that the user had before. */
export class PublicAddress extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: PublicAddressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:balancing:PublicAddress", name, {}, opts);
    this.address = args.adopted !== undefined ? pulumi.output(args.adopted) : this.create(name, args);
    new openstack.networking.FloatingIpAssociate(
      name,
      { floatingIp: this.address, portId: args.vipPortId },
      // Neutron refuses to associate an address that no router can reach.
      { parent: this, dependsOn: args.reachableThrough },
    );
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
