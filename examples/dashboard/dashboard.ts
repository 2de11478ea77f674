import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type Naming, type ReferencedStore, SecurityGroups, Server, securityGroupRule } from "../../components/index";
import { GROUP, serverOf } from "../shared/server";
import type { DashboardConfig } from "./config";
import type { DashboardCloud } from "./discover";
import { operationsRole } from "./role";
import { dashboardRules, probes } from "./rules";

export interface DashboardArgs {
  readonly config: DashboardConfig;
  readonly cloud: DashboardCloud;
  readonly store: ReferencedStore;
  readonly naming: Naming;
}

const KEY_LENGTH = 48;

/**
 * The operations server in the store's app network, what it may see of the cloud, and the container that its reports
 * go to. Of the store itself nothing changes but one rule that lets its web servers' health be asked.
 */
export class Dashboard extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  readonly serverId: pulumi.Output<string>;
  /** Name of the Swift container. */
  readonly reports: pulumi.Output<string>;

  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:examples:Dashboard", name, {}, opts);
    const { config, cloud, store, naming } = args;
    const own = { parent: this };
    const rules = dashboardRules(config, cloud, store);
    const group = new SecurityGroups(name, { naming, groups: [GROUP], rules }, own).of(GROUP);

    // It may read Nova, and nothing else.
    const viewer = new openstack.identity.ApplicationCredential(
      name,
      { name: naming.prefix, description: `dashboard of ${store.name}: finds its servers`, roles: ["reader"] },
      own,
    );
    const key = new random.RandomPassword(name, { length: KEY_LENGTH, special: false }, own).result;
    const container = new openstack.objectstorage.Container(
      name,
      {
        name: naming.name("reports"),
        metadata: { ...naming.metadata(), "Temp-URL-Key": key },
        // Reports are made from what is in the database.
        forceDestroy: true,
      },
      own,
    );
    this.reports = container.name;

    const role = pulumi
      .all([viewer.id, viewer.secret, key, container.name, store.readerPasswords])
      .apply(([credentialId, credentialSecret, key, reports, passwords]) =>
        operationsRole({
          store: store.name,
          storefrontUrl: store.storefrontUrl,
          cloud: {
            identityEndpoint: `${cloud.endpoints.identity}/v3`,
            region: cloud.region,
            credentialId,
            credentialSecret,
          },
          database: {
            ...store.databaseEndpoint,
            stores: store.databaseNames,
            reader: config.reader,
            password: passwords[config.reader] ?? "",
            caCertificate: store.databaseCaCertificate,
          },
          tablePrefix: config.tablePrefix,
          reports: { url: `${cloud.endpoints["object-store"]}/${reports}`, key },
        }),
      );
    const server = new Server(
      name,
      {
        ...serverOf(config, naming, cloud.imageId),
        network: { networkId: store.networkIds.app, subnetId: store.subnetIds.app },
        securityGroupId: group.id,
        bootAfter: group.ready,
        role: pulumi.secret(role),
      },
      own,
    );
    this.address = server.address;
    this.serverId = server.serverId;
    const health = probes(pulumi.interpolate`${this.address}/32`, naming);
    securityGroupRule(`${name}-into-web`, store.securityGroupIds.web, health, own);
    this.registerOutputs({ address: this.address, serverId: this.serverId, reports: this.reports });
  }
}
