/** Joins configuration, facts of the cloud and secrets into each tier's user data. */
import * as pulumi from "@pulumi/pulumi";
import type { HaproxyNode } from "../balancing/haproxy-pair";
import type { Certificate } from "../cloud/certificate";
import type { Cloud } from "../cloud/discover";
import { balancesConnections, schemeOf } from "../config/balancing-schema";
import { backofficeOf, type StoreConfig, type Tier } from "../config/schema";
import type { MediaCredential } from "../content/media-access";
import { poolAddresses } from "../core/address-plan";
import { ofSomebody } from "../core/cidr";
import type { Certificates } from "../database/certificates";
import type { Credentials } from "../database/credentials";
import { type Role, renderUserData } from "./role";
import { balancerRole } from "./roles/balancer";
import { databaseRole } from "./roles/database";
import { servicesRole } from "./roles/services";
import { webRole } from "./roles/web";

export interface UserDataArgs {
  readonly config: StoreConfig;
  readonly cloud: Pick<Cloud, "flavors" | "certificate" | "balancers">;
  readonly credentials: Credentials;
  /** Secret: the database's. */
  readonly certificates: pulumi.Output<Certificates>;
  /** `<project>-<stack>` */
  readonly owner: string;
  readonly cidrs: Readonly<Record<Tier, string>>;
  readonly appVip: string;
  readonly database: { readonly host: string; readonly port: number };
  /** Secret; only where uploads go to Swift. */
  readonly media: pulumi.Output<MediaCredential> | undefined;
  /** Where static content is, with a slash at its end; none: in the shop itself. */
  readonly staticUrl: string | undefined;
  /** Secret: of the mail relay; none: it asks for none. */
  readonly mailPassword?: pulumi.Output<string> | undefined;
  /** The storefront's public address. */
  readonly publicAddress: pulumi.Input<string>;
}

export interface UserData {
  /** Secret only where web servers end TLS: their private key. Without a host name: for servers that Heat names. */
  readonly web: (hostname?: string) => pulumi.Input<string>;
  /** Secret: the store's database password, the administrator's, the mail relay's, what uploads go to Swift with. */
  readonly app: (hostname?: string) => pulumi.Output<string>;
  /** Secret: what the two have between them; the private key of the public ones. */
  readonly balancer: (node: HaproxyNode, tier: "web" | "app", vip: string) => pulumi.Output<string>;
  /** Secret: every database user's password, the server's key. */
  readonly db: (hostname: string, volumeId: pulumi.Input<string>) => pulumi.Output<string>;
}

export function userData(args: UserDataArgs): UserData {
  const { config, cloud, credentials, certificates: tls, owner, cidrs, database } = args;
  const { mode, securityUpdates, timeServers } = config.boot;
  const render = (role: Role, hostname: string | undefined) =>
    renderUserData(role, { hostname, mode, base: { securityUpdates, timeServers } });
  const [store = ""] = config.database.stores;
  const shop = pulumi.all([args.publicAddress, credentials.admin]).apply(([address, passwords]) => ({
    url: config.shop.url ?? `${schemeOf(config.balancing)}://${address}/`,
    adminEmail: config.shop.adminEmail,
    adminPassword: passwords[store] ?? "",
  }));
  const webCertificate = balancesConnections(config.balancing) ? cloud.certificate : undefined;
  const web = (certificate: Certificate | undefined) =>
    webRole({
      flavor: cloud.flavors.web,
      appVip: args.appVip,
      hsts: config.balancing.tls?.hsts,
      staticUrl: args.staticUrl,
      cache: config.shop.cache,
      backoffice: backofficeOf(config.access),
      limits: config.access.limits,
      clients: balancesConnections(config.balancing)
        ? { come: "directly", certificate }
        : { come: "through a balancer", cidr: cidrs.web, https: config.balancing.tls !== undefined },
    });
  const services = pulumi
    .all([shop, credentials.database, tls, args.media, args.mailPassword])
    .apply(([shop, passwords, { caCertificate }, media, mailPassword]) =>
      servicesRole({
        flavor: cloud.flavors.app,
        balancers: [cidrs.app, cidrs.web],
        release: config.shop.release,
        database: { ...database, store, password: passwords[store] ?? "", caCertificate },
        shop,
        media,
        mail: config.shop.mail && { ...config.shop.mail, password: mailPassword },
      }),
    );
  return {
    web: (hostname) =>
      webCertificate?.apply((certificate) => render(web(certificate), hostname)) ?? render(web(undefined), hostname),
    app: (hostname) => pulumi.secret(services.apply((role) => render(role, hostname))),
    balancer: (node, tier, vip) =>
      pulumi.secret(
        pulumi.all([node.password, tier === "web" ? cloud.certificate : undefined]).apply(([password, certificate]) =>
          render(
            balancerRole({
              ...node,
              flavor: cloud.balancers?.flavor ?? cloud.flavors[tier],
              pool: config.balancing[tier],
              slots: poolAddresses(cidrs[tier], config.balancing.slots),
              isPublic: tier === "web",
              connections: config.access.limits.connections,
              favoured: ofSomebody(backofficeOf(config.access)),
              vip,
              password,
              certificate,
            }),
            node.own.name,
          ),
        ),
      ),
    db: (hostname, volumeId) =>
      pulumi.secret(
        pulumi
          .all([volumeId, credentials.database, credentials.readers, tls])
          .apply(([volumeId, stores, readers, tls]) =>
            render(
              databaseRole({
                flavor: cloud.flavors.db,
                address: database.host,
                port: database.port,
                volumeId,
                owner,
                resolves: config.database.egress,
                clients: cidrs.app,
                stores,
                readers,
                tls,
              }),
              hostname,
            ),
          ),
      ),
  };
}
