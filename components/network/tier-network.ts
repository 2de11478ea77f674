import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { AdoptedSubnet } from "../cloud/discover";
import { type AddressPlan, addressPlan } from "../core/address-plan";
import type { Naming } from "../core/naming";

export interface TierNetworkArgs {
  readonly naming: Naming;
  readonly tier: string;
  /** Of its subnet, /27 or larger. */
  readonly cidr: string;
  /** The plan's fixed IP; default: `.10` in a /24. */
  readonly address?: string | undefined;
  /** Bytes; none: Neutron's own. */
  readonly mtu?: number | undefined;
  /** Resolvers that DHCP hands out; none: Neutron's own. */
  readonly dnsServers?: readonly string[];
  /** Largest size of the DHCP pool; none: all that the subnet has. */
  readonly slots?: number | undefined;
  /** A subnet of the user's that takes the place of our own. */
  readonly adopted?: AdoptedSubnet | undefined;
}

/** One tier's network with its one subnet, laid out by the address plan; or the user's own subnet, left as it is. */
export class TierNetwork extends pulumi.ComponentResource {
  readonly networkId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  readonly cidr: string;
  readonly plan: AddressPlan;
  /** True when the subnet is the user's: its routing is then the user's too. */
  readonly adopted: boolean;

  constructor(name: string, args: TierNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:network:TierNetwork", name, {}, opts);
    this.cidr = args.cidr;
    this.plan = addressPlan(args.cidr, args.address, args.slots);
    this.adopted = args.adopted !== undefined;
    const ids = args.adopted ?? this.create(name, args);
    this.networkId = pulumi.output(ids.networkId);
    this.subnetId = pulumi.output(ids.subnetId);
    this.registerOutputs({ networkId: this.networkId, subnetId: this.subnetId, cidr: this.cidr });
  }

  private create(name: string, { naming, tier, mtu, dnsServers = [] }: TierNetworkArgs) {
    const described = {
      name: naming.name(tier),
      description: `${tier} tier of ${naming.prefix}`,
      tags: naming.tags(tier),
    };
    const network = new openstack.networking.Network(name, { ...described, ...(mtu ? { mtu } : {}) }, { parent: this });
    const subnet = new openstack.networking.Subnet(
      name,
      {
        ...described,
        networkId: network.id,
        cidr: this.cidr,
        ipVersion: 4,
        gatewayIp: this.plan.gateway,
        allocationPools: [this.plan.pool],
        dnsNameservers: [...dnsServers],
      },
      { parent: this, deletedWith: network },
    );
    return { networkId: network.id, subnetId: subnet.id };
  }
}
