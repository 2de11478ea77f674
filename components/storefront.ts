import * as pulumi from "@pulumi/pulumi";
import { makeBalancer } from "./balancing/choose";
import { PublicAddress } from "./balancing/public-address";
import { lateApi } from "./cloud/api";
import type { Cloud } from "./cloud/discover";
import type { ExistingServers } from "./cloud/existing-servers";
import { portsOf } from "./cloud/storage-endpoints";
import { remembersClients } from "./cloud-init/roles/haproxy";
import { userData } from "./cloud-init/user-data";
import { balancesConnections, slotsOf } from "./config/balancing-schema";
import type { StoreSecrets } from "./config/reader";
import type { Part, Prices, StoreConfig, Tier } from "./config/schema";
import { Containers } from "./content/containers";
import { MediaAccess, mediaAcl } from "./content/media-access";
import type { Flavor } from "./core/flavor";
import type { Naming } from "./core/naming";
import { certificates } from "./database/certificates";
import { Credentials } from "./database/credentials";
import { Database } from "./database/database";
import { InstanceGroup } from "./groups/instance-group";
import { Routing } from "./network/routing";
import { PORTS } from "./network/rule";
import { ruleTable } from "./network/rules";
import { SecurityGroups } from "./network/security-groups";
import { TierNetwork } from "./network/tier-network";
import { INTERFACE_VERSION, type StoreOutputs } from "./outputs";
import { Handover, secondsToBeFound } from "./readiness/handover";
import { readyUrl } from "./readiness/ready-url";
import { ElasticGroup } from "./scaling/elastic-group";

export interface StorefrontArgs {
  readonly config: StoreConfig;
  /** From `discover`, so that ids are known before anything is made. */
  readonly cloud: Cloud;
  readonly naming: Naming;
  /** From `readSecrets`; none: the configuration needs none. */
  readonly secrets?: StoreSecrets;
}

/** What a policy could not know from the resources alone; registered beside the outputs, under these names. */
export interface StoreFacts {
  /** The flavors that the servers use. */
  readonly flavors: readonly Flavor[];
  readonly prices: Prices | undefined;
}

/** The whole shop, in the order of the architecture's picture: network → security → data → services → web. */
export class Storefront extends pulumi.ComponentResource {
  readonly outputs: StoreOutputs;

  constructor(
    name: string,
    { config, cloud, naming, secrets }: StorefrontArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ecommerce:index:Storefront", name, {}, opts);
    const own = { parent: this };
    const { dnsServers, keyPair } = config.cloud;
    const { storage } = cloud;
    const { media, publicStatic } = config.shop;

    const tierNetwork = (tier: Tier) =>
      new TierNetwork(
        `${name}-${tier}`,
        {
          naming,
          tier,
          config: config.network[tier],
          mtu: config.network.mtu,
          slots: tier === "db" ? undefined : slotsOf(config.balancing),
          dnsServers: tier === "db" && !config.database.egress ? [] : dnsServers,
          adopted: cloud.adoptedSubnets[tier],
        },
        own,
      );
    const networks = { web: tierNetwork("web"), app: tierNetwork("app"), db: tierNetwork("db") };
    const databaseEgress = config.database.egress;
    const routing = new Routing(name, { naming, cloud, networks, databaseEgress }, own);

    const cidrs = { web: networks.web.cidr, app: networks.app.cidr, db: networks.db.cidr };
    const { balancing } = config;
    const haproxy = (tier: "web" | "app", clients: readonly string[]) => ({
      tier,
      cidr: cidrs[tier],
      addresses: networks[tier].plan.haproxy,
      clients,
      https: tier === "web" && balancing.tls !== undefined,
      remembers: remembersClients(balancing[tier]),
    });
    const rules = ruleTable({
      cidrs,
      appVip: networks.app.plan.fixedIp,
      database: networks.db.plan.fixedIp,
      access: config.access,
      servicePorts: storage && media.driver === "swift" ? portsOf(storage) : undefined,
      mailPort: config.shop.mail?.port,
      dnsServers,
      databaseEgress,
      balanced: balancesConnections(balancing) ? "connections" : "requests",
      webServesHttps: balancesConnections(balancing) && balancing.tls !== undefined,
      haproxy:
        balancing.driver === "haproxy" ? [haproxy("web", config.access.shoppers), haproxy("app", [cidrs.web])] : [],
    });
    const security = new SecurityGroups(name, { naming, rules }, own);
    const place = (tier: Tier, part: Part = tier) => ({
      naming,
      keyPair,
      imageId: cloud.imageIds[tier],
      network: networks[tier],
      securityGroupId: security.of(part).id,
      bootAfter: [...routing.ready[tier], ...security.of(part).ready],
    });

    const { stores, readers } = config.database;
    const credentials = new Credentials(name, { stores, readers }, own);
    const publicAddress = new PublicAddress(name, { naming, cloud, adopted: config.cloud.floatingIp }, own);
    const databaseEndpoint = { host: networks.db.plan.fixedIp, port: PORTS.mysql };
    const tls = pulumi.secret(
      credentials.certificateSeed.apply((seed) => certificates(seed, naming.prefix, databaseEndpoint.host)),
    );
    const containers = config.cloud.objectStorage
      ? new Containers(
          name,
          {
            naming,
            deleteContents: config.database.volume.onDestroy === "delete",
            mediaAcl: storage && media.driver === "swift" ? mediaAcl(storage) : undefined,
            publicStatic,
          },
          own,
        )
      : undefined;
    const mediaAccess =
      media.driver === "swift" && storage && containers?.media
        ? new MediaAccess(
            `${name}-media`,
            { naming, config: media, endpoints: storage, container: containers.media },
            own,
          )
        : undefined;
    const staticUrl = publicStatic && storage ? `${storage.storageUrl}/${naming.name("static")}/` : undefined;
    const boots = userData({
      config,
      cloud,
      credentials,
      certificates: tls,
      owner: naming.prefix,
      cidrs,
      appVip: networks.app.plan.fixedIp,
      database: databaseEndpoint,
      media: mediaAccess?.credential,
      staticUrl,
      mailPassword: secrets?.mailPassword,
      publicAddress: publicAddress.address,
    });
    const database = new Database(
      `${name}-db`,
      {
        ...place("db"),
        userData: boots.db,
        config: config.database,
        zone: config.cloud.computeZones[0],
        volumeZone: config.cloud.volumeZones[0],
      },
      own,
    );

    const api = lateApi({ parent: this });
    const handoverOf = (tier: "web" | "app", part: keyof ExistingServers = tier) =>
      cloud.existing[part].size > 0
        ? new Handover({
            api,
            existing: cloud.existing[part],
            seconds: config.boot.handover,
            discovery: secondsToBeFound(balancing[tier]),
            progress: (line) => void pulumi.log.info(line, this, undefined, true),
          })
        : undefined;
    const clusterOf = (tier: "web" | "app", allowedCidrs: readonly string[]) => {
      const balancer = makeBalancer(
        `${name}-${tier}`,
        {
          ...place(tier, balancing.driver === "haproxy" ? `${tier}-balancer` : tier),
          config: balancing,
          cloud,
          tier,
          allowedCidrs,
          zones: config.cloud.computeZones,
          userData: (node) => boots.balancer(node, tier, networks[tier].plan.fixedIp),
          handover: handoverOf(tier, `${tier}-balancer`),
        },
        own,
      );
      const args = {
        ...place(tier),
        tier,
        userData: boots[tier],
        config: config[tier],
        zones: config.cloud.computeZones,
        balancer,
        handover: handoverOf(tier),
      };
      const { scaling } = config[tier];
      if (scaling.mode === "static") {
        return { balancer, group: new InstanceGroup(`${name}-${tier}`, args, own), elastic: undefined };
      }
      const elastic = new ElasticGroup(
        `${name}-${tier}`,
        { ...args, scaling, telemetry: config.telemetry, flavor: cloud.flavors[tier] },
        own,
      );
      return { balancer, group: elastic, elastic };
    };
    const services = clusterOf("app", [cidrs.web]);
    const web = clusterOf("web", config.access.shoppers);

    const entrance = publicAddress.leadTo({ vipPortId: web.balancer.vipPortId, reachableThrough: routing.ready.web });
    const { address } = publicAddress;
    const serverIds = { web: web.group.serverIds, app: services.group.serverIds, db: pulumi.all([database.serverId]) };
    const storefrontUrl = readyUrl(
      {
        config,
        address,
        servers: [...Object.values(serverIds), ...[web, services].flatMap(({ balancer }) => balancer.serverIds ?? [])],
        api,
        settled: [web, services].flatMap(({ balancer, group }) => [balancer.settled, group.settled]),
        after: [entrance, web.group.ready, services.group.ready],
      },
      own,
    );

    this.outputs = {
      interfaceVersion: pulumi.output(INTERFACE_VERSION),
      name: pulumi.output(naming.prefix),
      storefrontUrl,
      publicAddress: address,
      externalNetwork: pulumi.output(cloud.externalNetwork),
      vips: pulumi.output({ web: web.balancer.vipAddress, app: services.balancer.vipAddress }),
      loadBalancerIds: pulumi.output({ web: web.balancer.loadBalancerId, app: services.balancer.loadBalancerId }),
      balancerServerIds: pulumi.output({ web: web.balancer.serverIds, app: services.balancer.serverIds }),
      networkIds: pulumi.output({
        web: networks.web.networkId,
        app: networks.app.networkId,
        db: networks.db.networkId,
      }),
      subnetIds: pulumi.output({ web: networks.web.subnetId, app: networks.app.subnetId, db: networks.db.subnetId }),
      cidrs: pulumi.output(cidrs),
      // What a store may lack is no output at all then: every run would warn of one without a value.
      ...(routing.databaseRoute && { databaseRoute: pulumi.output(routing.databaseRoute) }),
      securityGroupIds: pulumi.output(security.ids),
      serverIds: pulumi.output(serverIds),
      databaseEndpoint: pulumi.output(databaseEndpoint),
      // Made from a secret, but public as every certificate.
      databaseCaCertificate: pulumi.unsecret(tls.apply(({ caCertificate }) => caCertificate)),
      databaseNames: pulumi.output(stores),
      databaseReaders: pulumi.output(readers),
      databaseVolumeId: database.volumeId,
      scaling: pulumi.output({ web: web.elastic?.handles, app: services.elastic?.handles }),
      ...(containers && {
        containers: pulumi.output({
          static: containers.static,
          backups: containers.backups,
          ...(containers.media && { media: containers.media }),
        }),
      }),
      ...(staticUrl ? { staticUrl: pulumi.output(staticUrl) } : {}),
      databasePasswords: credentials.database,
      readerPasswords: credentials.readers,
      adminPasswords: credentials.admin,
      scalingUrls: pulumi.secret({ web: web.elastic?.urls, app: services.elastic?.urls }),
    };
    // Policies cannot ask the cloud: here they read how large its flavors are, and what they cost.
    const flavors = [...Object.values(cloud.flavors), ...(cloud.balancers ? [cloud.balancers.flavor] : [])];
    const facts: StoreFacts = { flavors, prices: config.prices };
    this.registerOutputs({ ...this.outputs, ...facts });
  }
}
