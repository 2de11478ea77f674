/** What was made, as the stack's outputs. */
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import type { StoreConfig, Tier } from "../config/schema";
import { servicesOf } from "../config/services-schema";
import type { Naming } from "../core/naming";
import type { Credentials } from "../database/credentials";
import type { DatabaseTier } from "../database/tier";
import type { Group } from "../groups/group";
import type { Routing } from "../network/routing";
import type { SecurityGroups } from "../network/security-groups";
import { INTERFACE_VERSION, type ScalingUrls, type StoreFacts, type StoreOutputs } from "../outputs";
import type { BalancedTier } from "./balanced-tier";
import type { Content } from "./content";
import type { Networks } from "./networks";
import type { Clusters } from "./services";

export interface StoreParts {
  readonly naming: Naming;
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "externalNetwork">;
  readonly networks: Networks;
  readonly routing: Routing;
  readonly security: SecurityGroups;
  readonly credentials: Credentials;
  readonly content: Content;
  readonly database: DatabaseTier;
  readonly web: BalancedTier;
  readonly app: BalancedTier;
  readonly services: Clusters;
  /** Of groups beyond the three tiers, by name. */
  readonly others: Groups;
  readonly address: pulumi.Output<string>;
  readonly storefrontUrl: pulumi.Output<string>;
}

export function storeOutputs(parts: StoreParts): StoreOutputs {
  const { naming, config, networks, routing, security, credentials, content, database, web, app } = parts;
  const { containers, staticUrl } = content;
  const perTier = <T>(of: (tier: Tier) => T) => ({ web: of("web"), app: of("app"), db: of("db") });
  return {
    interfaceVersion: pulumi.output(INTERFACE_VERSION),
    name: pulumi.output(naming.prefix),
    storefrontUrl: parts.storefrontUrl,
    publicAddress: parts.address,
    externalNetwork: pulumi.output(parts.cloud.externalNetwork),
    vips: pulumi.output({ web: web.balancer.vipAddress, app: app.balancer.vipAddress }),
    loadBalancerIds: pulumi.output({ web: web.balancer.loadBalancerId, app: app.balancer.loadBalancerId }),
    balancerServerIds: pulumi.output({ web: web.balancer.serverIds, app: app.balancer.serverIds }),
    networkIds: pulumi.output(perTier((tier) => networks[tier].networkId)),
    subnetIds: pulumi.output(perTier((tier) => networks[tier].subnetId)),
    cidrs: pulumi.output(perTier((tier) => networks[tier].cidr)),
    // What a store may lack is no output at all then: every run would warn of one without a value.
    ...(routing.databaseRoute && { databaseRoute: pulumi.output(routing.databaseRoute) }),
    securityGroupIds: pulumi
      .all([perTier((tier) => security.of(tier).id), security.ids])
      .apply(([tiers, all]): StoreFacts["securityGroupIds"] => ({ ...all, ...tiers })),
    serverIds: pulumi
      .all([tierServerIds(parts), serverIdsOf(otherGroups(parts))])
      .apply(([tiers, others]): StoreFacts["serverIds"] => ({ ...others, ...tiers })),
    databaseEndpoint: pulumi.output(database.endpoint),
    // Made from a secret, but public as every certificate.
    databaseCaCertificate: pulumi.unsecret(database.certificates.apply(({ caCertificate }) => caCertificate)),
    databaseNames: pulumi.output(config.database.stores),
    databaseReaders: pulumi.output(config.database.readers),
    databaseVolumeId: database.volumeId,
    scaling: pulumi.output({ web: web.elastic?.handles, app: app.elastic?.handles }),
    ...serviceOutputs(parts),
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
    ...(credentials.backups && { backupKey: credentials.backups.apply(({ key }) => key.identity) }),
    scalingUrls: pulumi.secret({ web: web.elastic?.urls, app: app.elastic?.urls }),
  };
}

type ServiceFacts = NonNullable<StoreFacts["services"]>[string];

/** None in a store whose app servers answer for everything. */
function serviceOutputs({ config, services }: StoreParts): Partial<StoreOutputs> {
  const all = servicesOf(config).flatMap(([name, { routes }]) => {
    const cluster = services[name];
    return cluster ? [{ name, routes, ...cluster }] : [];
  });
  if (all.length === 0) return {};
  const facts = all.map(({ name, routes, balancer, elastic }) =>
    pulumi
      .all([balancer.loadBalancerId, elastic?.handles])
      .apply(([loadBalancerId = "", scaling]): [string, ServiceFacts] => [
        name,
        { vip: balancer.vipAddress, loadBalancerId, routes: [...routes], ...(scaling && { scaling }) },
      ]),
  );
  const urls = all.map(({ name, elastic }) =>
    pulumi.output(elastic?.urls).apply((own): [string, ScalingUrls][] => (own ? [[name, own]] : [])),
  );
  const isElastic = all.some(({ elastic }) => elastic);
  return {
    services: pulumi.all(facts).apply((entries): StoreFacts["services"] => Object.fromEntries(entries)),
    ...(isElastic && {
      serviceScalingUrls: pulumi.secret(pulumi.all(urls).apply((found) => Object.fromEntries(found.flat()))),
    }),
  };
}

type Groups = Readonly<Record<string, Pick<Group, "serverIds">>>;

function serverIdsOf(groups: Groups): Record<string, pulumi.Output<string[]>> {
  return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, group.serverIds]));
}

/** Of all groups beyond the three tiers. */
function otherGroups({ services, others }: Pick<StoreParts, "services" | "others">): Groups {
  const ofServices = Object.entries(services).map(([name, { group }]) => [name, group] as const);
  return { ...others, ...Object.fromEntries(ofServices) };
}

function tierServerIds({ web, app, database }: Pick<StoreParts, "web" | "app" | "database">) {
  return { web: web.group.serverIds, app: app.group.serverIds, db: database.serverIds };
}

/** All servers that a store waits for. */
export function everyServer(
  parts: Pick<StoreParts, "web" | "app" | "services" | "database" | "others">,
): pulumi.Output<string[]>[] {
  const balancers = [parts.web, parts.app].flatMap(({ balancer }) => balancer.serverIds ?? []);
  return [...Object.values(tierServerIds(parts)), ...balancers, ...Object.values(serverIdsOf(otherGroups(parts)))];
}
