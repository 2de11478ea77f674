import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import type { Tier } from "../config/schema";
import type { Naming } from "../core/naming";
import type { TierNetwork } from "./tier-network";

export interface RoutingArgs {
  readonly naming: Naming;
  readonly cloud: Cloud;
  readonly networks: Readonly<Record<Tier, TierNetwork>>;
  /** Gives the data router a gateway: the database may then reach out, nobody may reach in. */
  readonly databaseEgress: boolean;
}

/**
 * Two routers: `edge` joins web and app to the outside, `data` joins app and db. Web has no route to db at all.
 *
 * Two rather than a chain, because Neutron source-NATs only subnets that are directly connected to a router with a
 * gateway. App servers learn the way to db by DHCP, from a host route on their subnet.
 */
export class Routing extends pulumi.ComponentResource {
  /** Undefined when web and app are subnets of the user's own. */
  readonly edgeRouterId: pulumi.Output<string> | undefined;
  /** Of the edge router's interfaces in web and app, as far as they are the store's own. */
  readonly edgePorts: readonly pulumi.Output<string>[];
  /** Undefined when app and db are subnets of the user's own. */
  readonly dataRouterId: pulumi.Output<string> | undefined;
  /** From the app network; undefined when app and db are subnets of the user's own. */
  readonly databaseRoute: { readonly destination: string; readonly nextHop: string } | undefined;
  /** What must stand before a server of the tier boots, so that its first packets find their way. */
  readonly ready: Readonly<Record<Tier, pulumi.Resource[]>>;

  constructor(name: string, args: RoutingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:network:Routing", name, {}, opts);
    const { web, app, db } = args.networks;
    const edge = web.adopted && app.adopted ? undefined : this.edge(name, args);
    const data = app.adopted ? undefined : this.data(name, args);
    this.edgeRouterId = edge?.routerId;
    this.edgePorts = [edge?.web, edge?.app].flatMap((one) => (one ? [one.portId] : []));
    this.dataRouterId = data?.routerId;
    this.databaseRoute = data && { destination: db.cidr, nextHop: app.plan.secondRouter };
    this.ready = {
      web: edge?.web ? [edge.web] : [],
      app: [...(edge?.app ? [edge.app] : []), ...(data ? [data.app, data.route] : [])],
      db: data && !db.adopted ? [data.db] : [],
    };
    this.registerOutputs({ edgeRouterId: this.edgeRouterId, dataRouterId: this.dataRouterId });
  }

  private edge(name: string, { naming, cloud, networks }: RoutingArgs) {
    const routerId =
      cloud.routerId !== undefined
        ? pulumi.output(cloud.routerId)
        : new openstack.networking.Router(
            `${name}-edge`,
            {
              name: naming.name("edge", "router"),
              description: `web and app tiers of ${naming.prefix} to the outside`,
              tags: naming.tags(),
              externalNetworkId: cloud.externalNetwork.id,
            },
            { parent: this },
          ).id;
    // One after the other: Neutron and the provider race when one router gets two interfaces at once.
    // App first, since app servers wait for the data router's interface as well.
    const app = networks.app.adopted ? undefined : this.routerInterface(`${name}-edge-app`, routerId, networks.app, []);
    const web = networks.web.adopted
      ? undefined
      : this.routerInterface(`${name}-edge-web`, routerId, networks.web, app ? [app] : []);
    return { routerId, web, app };
  }

  private data(name: string, { naming, cloud, networks: { app, db }, databaseEgress }: RoutingArgs) {
    const router = new openstack.networking.Router(
      `${name}-data`,
      {
        name: naming.name("data", "router"),
        description: `app and db tiers of ${naming.prefix}`,
        tags: naming.tags(),
        ...(databaseEgress ? { externalNetworkId: cloud.externalNetwork.id } : {}),
      },
      { parent: this },
    );
    const dbInterface = this.routerInterface(`${name}-data-db`, router.id, db, []);
    // The app subnet's gateway address is the edge router's, so this interface has an address and a port of its own.
    const port = new openstack.networking.Port(
      `${name}-data-app`,
      {
        name: naming.name("data", "router", "app"),
        description: "data router's leg in the app tier",
        tags: naming.tags("app"),
        networkId: app.networkId,
        fixedIps: [{ subnetId: app.subnetId, ipAddress: app.plan.secondRouter }],
        noSecurityGroups: true,
      },
      { parent: this },
    );
    const appInterface = new openstack.networking.RouterInterface(
      `${name}-data-app`,
      { routerId: router.id, portId: port.id },
      { parent: this, dependsOn: [dbInterface] },
    );
    const route = new openstack.networking.SubnetRoute(
      `${name}-app-to-db`,
      { subnetId: app.subnetId, destinationCidr: db.cidr, nextHop: app.plan.secondRouter },
      { parent: this },
    );
    return { routerId: router.id, db: dbInterface, app: appInterface, route };
  }

  private routerInterface(
    name: string,
    routerId: pulumi.Input<string>,
    network: TierNetwork,
    dependsOn: pulumi.Resource[],
  ) {
    return new openstack.networking.RouterInterface(
      name,
      { routerId, subnetId: network.subnetId },
      { parent: this, dependsOn },
    );
  }
}
