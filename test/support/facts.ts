/** What a small store tells other stacks. */
import * as pulumi from "@pulumi/pulumi";
import type { ReferencedStore } from "../../components/store-reference";

const perTier = (what: string) => ({ web: `web-${what}`, app: `app-${what}`, db: `db-${what}` });

const secret = (byName: Record<string, string>) => pulumi.secret(byName);

/** A function, since outputs belong to the run that makes them. */
export function facts(): ReferencedStore {
  return {
    interfaceVersion: 1,
    name: "ecommerce-dev",
    storefrontUrl: "http://203.0.113.17/",
    publicAddress: "203.0.113.17",
    externalNetwork: { id: "external-id", name: "public" },
    vips: { web: "10.20.0.10", app: "10.20.1.10" },
    loadBalancerIds: { web: "web-balancer", app: "app-balancer" },
    balancerServerIds: {},
    networkIds: perTier("network"),
    subnetIds: perTier("subnet"),
    cidrs: { web: "10.20.0.0/24", app: "10.20.1.0/24", db: "10.20.2.0/24" },
    databaseRoute: { destination: "10.20.2.0/24", nextHop: "10.20.1.2" },
    securityGroupIds: perTier("group"),
    serverIds: { web: ["web-1"], app: ["app-1"], db: ["db-1"] },
    databaseEndpoint: { host: "10.20.2.10", port: 3306 },
    databaseCaCertificate: "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n",
    databaseNames: ["opencart"],
    databaseReaders: ["reports"],
    databaseVolumeId: "volume",
    scaling: {},
    containers: { static: "static", backups: "backups" },
    databasePasswords: secret({ opencart: "store-password" }),
    readerPasswords: secret({ reports: "reader-password" }),
    adminPasswords: secret({ opencart: "admin-password" }),
    backupKey: pulumi.secret(undefined),
    scalingUrls: pulumi.secret({}),
    serviceScalingUrls: pulumi.secret(undefined),
  };
}
