import * as pulumi from "@pulumi/pulumi";
import { associate, PublicAddress } from "./balancing/public-address";
import { lateApi } from "./cloud/api";
import type { Cloud } from "./cloud/discover";
import type { StoreSecrets } from "./config/reader";
import type { StoreConfig } from "./config/schema";
import type { Naming } from "./core/naming";
import type { Service } from "./core/services";
import { Credentials } from "./database/credentials";
import { serverGroups } from "./features/index";
import { Routing } from "./network/routing";
import type { StoreOutputs } from "./outputs";
import { readyUrl } from "./readiness/ready-url";
import { accountsApplied } from "./store/accounts";
import { makeBalancedTier } from "./store/balanced-tier";
import { makeContent } from "./store/content";
import { makeDatabase } from "./store/database";
import { factsOf } from "./store/facts";
import { makeFirewall } from "./store/firewall";
import { makeGrowth } from "./store/growth";
import { makeNetworks } from "./store/networks";
import { makeOtherGroups } from "./store/other-groups";
import { everyServer, storeOutputs } from "./store/outputs";
import { placesOf } from "./store/places";
import { appServers, keeperServer, webServers } from "./store/roles";
import { makeSecurity } from "./store/security";
import { makeServices, onceServicesServe } from "./store/services";

export interface StorefrontArgs {
  readonly config: StoreConfig;
  /** From `discover`, so that ids are known before anything is made. */
  readonly cloud: Cloud;
  readonly naming: Naming;
  /** From `readSecrets`; none: the configuration needs none. */
  readonly secrets?: StoreSecrets;
}

/** The whole shop, in the order of the architecture's picture: network → security → data → services → web. */
export class Storefront extends pulumi.ComponentResource {
  readonly outputs: StoreOutputs;

  constructor(name: string, args: StorefrontArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:index:Storefront", name, {}, opts);
    const own = { parent: this };
    const { config, cloud, naming } = args;
    const groups = serverGroups(config);
    const networks = makeNetworks(name, args, own);
    const routing = new Routing(name, { naming, cloud, networks, databaseEgress: config.database.egress }, own);
    const security = makeSecurity(name, args, own);
    const firewall = makeFirewall(`${name}-firewall`, { ...args, routing }, own);
    const placeOf = placesOf(groups, { naming, config, cloud, networks, routing, security });

    const credentials = new Credentials(name, config.database, own);
    const content = makeContent(name, args, own);
    const publicAddress = new PublicAddress(name, { naming, cloud, adopted: config.cloud.floatingIp }, own);
    const { address } = publicAddress;
    const clients = networks.app.cidr;
    const api = lateApi(own);
    const stored = { ...placeOf("db"), config, cloud, clients, credentials, api };
    const database = makeDatabase(`${name}-db`, stored, own);
    const shared = { config, cloud, placeOf, api };
    const shop = appServers({ ...args, credentials, database, content, address });
    const webServersOnly = [networks.web.cidr];
    const app = makeBalancedTier(`${name}-app`, { ...shared, tier: "app", role: shop, clients: webServersOnly }, own);
    const roleOf = (service: Service) => appServers({ ...args, credentials, database, content, address, service });
    const services = makeServices(name, { ...shared, roleOf, app, clients: webServersOnly }, own);
    const front = webServers({ config, cloud, content, appVip: app.balancer.vipAddress });
    const { shoppers } = config.access;
    const web = makeBalancedTier(
      `${name}-web`,
      { ...shared, tier: "web", role: onceServicesServe(services, front), clients: shoppers },
      own,
    );
    const growth = makeGrowth(name, { ...args, database }, own);
    const keeper = keeperServer({ ...args, prefix: naming.prefix, credentials, database, content, growth });
    const others = makeOtherGroups(name, { config, groups, placeOf, roles: { keeper } }, own);

    const entry = { address, vipPortId: web.balancer.vipPortId, reachableThrough: routing.ready.web };
    const entrance = associate(name, entry, { parent: publicAddress });
    const parts = { web, app, services, database, others };
    const balanced = [web, app, ...Object.values(services)];
    const settled = [
      ...balanced.flatMap(({ balancer, group }) => [balancer.settled, group.settled]),
      accountsApplied({ config, cloud, database, api }, own),
    ];
    const after = [entrance, ...balanced.map(({ group }) => group.ready), ...(firewall ? [firewall] : [])];
    const servers = everyServer(parts);
    const storefrontUrl = readyUrl({ config, address, servers, api, settled, after }, own);
    const made = { ...parts, networks, routing, security, credentials, content, address, storefrontUrl };
    this.outputs = storeOutputs({ ...args, ...made });
    this.registerOutputs({ ...this.outputs, ...factsOf(args) });
  }
}
