import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import {
  allow,
  type Naming,
  PORTS,
  platformRules,
  type ReferencedStore,
  SecurityGroups,
  Server,
  securityGroupRule,
  TIERS,
} from "../../components/index";
import type { ConsumerConfig } from "../shared/config";
import { GROUP, serverOf } from "../shared/server";
import { bastionRole } from "./role";

export interface BastionArgs {
  readonly config: ConsumerConfig;
  readonly imageId: string;
  /** MTU of the app network, in bytes; undefined where Neutron does not tell it. */
  readonly appMtu: number | undefined;
  readonly store: ReferencedStore;
  readonly naming: Naming;
}

/**
 * One server with a leg in web, where its floating IP is, and one in app, from where the database can be reached. The
 * store's own groups get a rule for SSH each; all of it goes with this component.
 */
export class Bastion extends pulumi.ComponentResource {
  /** Where admins SSH to. */
  readonly address: pulumi.Output<string>;
  readonly serverId: pulumi.Output<string>;

  constructor(
    name: string,
    { config, imageId, appMtu, store, naming }: BastionArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ecommerce:examples:Bastion", name, {}, opts);
    const own = { parent: this };
    const description = `bastion of ${store.name}`;
    const rules = [
      ...platformRules(GROUP, { ...config, subnet: store.cidrs.web, leadsOut: true }),
      ...allow(GROUP, "egress", "tcp", PORTS.ssh, Object.values(store.cidrs), "administration of the tiers"),
    ];
    const group = new SecurityGroups(name, { naming, groups: [GROUP], rules }, own).of(GROUP);
    const appLeg = new openstack.networking.Port(
      `${name}-app-leg`,
      {
        name: naming.name(GROUP, 1, "app"),
        description: `${description}, leg in app`,
        tags: naming.tags(GROUP),
        networkId: store.networkIds.app,
        fixedIps: [{ subnetId: store.subnetIds.app }],
        securityGroupIds: [group.id],
      },
      own,
    );
    const appAddress = appLeg.allFixedIps.apply(([address = ""]) => address);
    const role = pulumi.all([appLeg.macAddress, appAddress]).apply(([macAddress, address]) => {
      const leg = { macAddress, address, cidr: store.cidrs.app, mtu: appMtu };
      return bastionRole({ appLeg: leg, databaseRoute: store.databaseRoute });
    });
    const server = new Server(
      name,
      {
        ...serverOf(config, naming, imageId),
        network: { networkId: store.networkIds.web, subnetId: store.subnetIds.web },
        otherPorts: [appLeg.id],
        securityGroupId: group.id,
        bootAfter: group.ready,
        role,
      },
      own,
    );
    this.serverId = server.serverId;
    for (const tier of TIERS) {
      // Each tier is entered from the leg that leads there.
      const cidr = pulumi.interpolate`${tier === "web" ? server.address : appAddress}/32`;
      const reason = `administration, from ${naming.prefix}`;
      const ssh = { direction: "ingress", protocol: "tcp", port: PORTS.ssh, cidr, reason } as const;
      securityGroupRule(`${name}-into-${tier}`, store.securityGroupIds[tier], ssh, own);
    }
    const floating = new openstack.networking.FloatingIp(
      name,
      { pool: store.externalNetwork.name, description, tags: naming.tags(), portId: server.portId },
      own,
    );
    this.address = floating.address;
    this.registerOutputs({ address: this.address, serverId: this.serverId });
  }
}
