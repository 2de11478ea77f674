import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { TIERS } from "../../components/config/schema";
import type { Naming } from "../../components/core/naming";
import { PORTS } from "../../components/core/security-rule";
import { securityGroupRule } from "../../components/network/security-groups";
import type { ReferencedStore } from "../../components/store-reference";
import type { ConsumerConfig } from "../shared/config";
import { OwnGroup } from "../shared/own-group";
import { ownServer } from "../shared/own-server";
import { allow, platformRules } from "../shared/rules";
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
    const tiers = allow("egress", "tcp", PORTS.ssh, Object.values(store.cidrs), "administration of the tiers");
    const rules = [...platformRules(config, store.cidrs.web), ...tiers];
    const group = new OwnGroup(name, { naming, description, rules }, own);

    const leg = (tier: "web" | "app") =>
      new openstack.networking.Port(
        `${name}-${tier}`,
        {
          name: naming.name(tier),
          description: `${description}, leg in ${tier}`,
          tags: naming.tags(),
          networkId: store.networkIds[tier],
          fixedIps: [{ subnetId: store.subnetIds[tier] }],
          securityGroupIds: [group.id],
        },
        own,
      );
    const [web, app] = [leg("web"), leg("app")];
    const addressOf = (port: openstack.networking.Port) => port.allFixedIps.apply(([address = ""]) => address);
    for (const tier of TIERS) {
      // Each tier is entered from the leg that leads there.
      const cidr = pulumi.interpolate`${addressOf(tier === "web" ? web : app)}/32`;
      const reason = `administration, from ${naming.prefix}`;
      const ssh = { direction: "ingress", protocol: "tcp", port: PORTS.ssh, cidr, reason } as const;
      securityGroupRule(`${name}-into-${tier}`, store.securityGroupIds[tier], ssh, own);
    }

    const role = pulumi.all([app.macAddress, addressOf(app)]).apply(([macAddress, address]) => {
      const appLeg = { macAddress, address, cidr: store.cidrs.app, mtu: appMtu };
      return bastionRole({ appLeg, databaseRoute: store.databaseRoute });
    });
    this.serverId = ownServer(name, { naming, config, imageId, role, ports: [web, app], group }, own);
    const floating = new openstack.networking.FloatingIp(
      name,
      { pool: store.externalNetwork.name, description, tags: naming.tags(), portId: web.id },
      own,
    );
    this.address = floating.address;
    this.registerOutputs({ address: this.address, serverId: this.serverId });
  }
}
