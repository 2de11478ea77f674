/** What web and app servers and the keeper do: configuration, facts of the cloud and secrets, put together. */
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud/discover";
import type { Role } from "../cloud-init/role";
import { arbiterRole } from "../cloud-init/roles/arbiter";
import type { Cluster } from "../cloud-init/roles/clusters";
import { type KeeperRoleArgs, keeperRole, type VolumeGrowth } from "../cloud-init/roles/keeper";
import { servicesRole } from "../cloud-init/roles/services";
import { webRole } from "../cloud-init/roles/web";
import { backofficeOf } from "../config/access-schema";
import { balancesConnections, schemeOf } from "../config/balancing-schema";
import type { StoreSecrets } from "../config/reader";
import { type StoreConfig, shopDatabase } from "../config/schema";
import { servicesOf } from "../config/services-schema";
import type { Certificate } from "../core/certificate";
import type { Flavor } from "../core/flavor";
import type { Service } from "../core/services";
import { apacheProcesses } from "../core/sizing";
import type { Credentials } from "../database/credentials";
import type { DatabaseTier } from "../database/tier";
import { serviceVips } from "../features/connections";
import type { Content } from "./content";

export interface WebServersArgs {
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "machines" | "certificate">;
  readonly appVip: string;
  readonly content: Pick<Content, "staticUrl">;
}

/** Where web servers find the services that have servers of their own, and what each may take of them. */
function clustersOf(config: StoreConfig, flavor: Flavor): Cluster[] {
  const services = servicesOf(config);
  const vips = serviceVips(config);
  const share = Math.floor(apacheProcesses(flavor).workers / (services.length + 1));
  return services.flatMap(([name, { routes, fallback, limits }]) => {
    const vip = vips[name];
    if (vip === undefined) return [];
    const { connections = share, seconds } = limits;
    return [{ name, vip, routes, connections, seconds, fallsBack: fallback === "app" }];
  });
}

/** @returns a secret only where web servers end TLS: their private key */
export function webServers({
  config,
  cloud,
  appVip,
  content: { staticUrl },
}: WebServersArgs): Role | pulumi.Output<Role> {
  const { access, balancing, network, shop } = config;
  const direct = balancesConnections(balancing);
  const role = (certificate?: Certificate) =>
    webRole({
      flavor: cloud.machines.web.flavor,
      appVip,
      hsts: balancing.tls?.hsts,
      staticUrl,
      cache: shop.cache,
      backoffice: backofficeOf(access),
      limits: access.limits,
      clusters: clustersOf(config, cloud.machines.web.flavor),
      clients: direct
        ? { come: "directly", certificate }
        : { come: "through a balancer", cidr: network.web.cidr, https: balancing.tls !== undefined },
    });
  return direct && cloud.certificate ? cloud.certificate.apply(role) : role();
}

export interface AppServersArgs {
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "machines">;
  readonly credentials: Pick<Credentials, "ofStore">;
  readonly database: Pick<DatabaseTier, "endpoint" | "certificates">;
  readonly content: Pick<Content, "media">;
  readonly secrets?: StoreSecrets;
  /** The storefront's public address. */
  readonly address: pulumi.Output<string>;
  /** Whose servers they are, where a service has some of its own; none: the app tier's. */
  readonly service?: Service;
}

/** @returns a secret: the store's database password, the administrator's, the mail relay's, what uploads go to Swift with */
export function appServers(args: AppServersArgs): pulumi.Output<Role> {
  const { balancing, network, shop } = args.config;
  const store = shopDatabase(args.config);
  const { credentials, database, service } = args;
  const machine = service === undefined ? args.cloud.machines.app : args.cloud.machines[`services.${service}`];
  if (!machine) throw new Error(`nothing is known of the servers of ${service}`);
  return pulumi.secret(
    pulumi
      .all([
        args.address,
        credentials.ofStore[store],
        database.certificates,
        args.content.media,
        args.secrets?.mailPassword,
      ])
      .apply(([address, passwords, { caCertificate }, media, mailPassword]) =>
        servicesRole({
          flavor: machine.flavor,
          balancers: [network.app.cidr, network.web.cidr],
          release: shop.release,
          database: { ...database.endpoint, store, password: passwords?.database ?? "", caCertificate },
          shop: {
            url: shop.url ?? `${schemeOf(balancing)}://${address}/`,
            adminEmail: shop.adminEmail,
            adminPassword: passwords?.admin ?? "",
          },
          media,
          mail: shop.mail && { ...shop.mail, password: mailPassword },
          doesJobs: service === undefined,
        }),
      ),
  );
}

export interface KeeperArgs {
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "machines">;
  /** `<project>-<stack>`. */
  readonly prefix: string;
  readonly credentials: Pick<Credentials, "backups">;
  readonly database: Pick<DatabaseTier, "arbiter" | "certificates" | "endpoint">;
  readonly content: Pick<Content, "backups">;
  /** None: the database's volume stays as large as it is. */
  readonly growth: pulumi.Output<VolumeGrowth> | undefined;
  readonly secrets?: StoreSecrets;
}

/** @returns a secret; none where the store has no keeper, or the cloud no Swift that is known */
export function keeperServer(args: KeeperArgs): pulumi.Output<Role> | undefined {
  const { config, cloud, prefix, credentials, database, content } = args;
  const { backups, restore } = config.database;
  const machine = cloud.machines["database.backups"];
  if (!backups || !machine || !credentials.backups || !content.backups) return undefined;
  return pulumi.secret(
    pulumi
      .all([
        credentials.backups,
        content.backups,
        database.certificates,
        args.secrets?.backupKey,
        args.growth,
        database.arbiter,
      ])
      .apply(([{ keeper, restorer, key }, swift, { caCertificate }, otherKey, growth, arbiter]) => {
        const known: KeeperRoleArgs = {
          store: prefix,
          flavor: machine.flavor,
          database: { ...database.endpoint, password: keeper, caCertificate },
          swift,
          recipient: key.recipient,
          identity: key.identity,
          baseHours: backups.every,
          keepDays: backups.keep,
          drillHours: backups.drills,
          growth,
          restore: restore?.at
            ? {
                at: restore.at,
                containerUrl: restore.container ?? swift.containerUrl,
                identity: otherKey ?? key.identity,
                restorerPassword: restorer,
              }
            : undefined,
        };
        return arbiter ? arbiterRole({ ...known, ...arbiter }) : keeperRole(known);
      }),
  );
}
