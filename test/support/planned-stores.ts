/** Plans of stores in many shapes, without an engine: stack files of this checkout with changes. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PROJECT, readStackFile } from "../../commands/stack/stack-file";
import { tlsOnServers } from "../../components/config/balancing-schema";
import type { StoreConfig } from "../../components/config/schema";
import { validate } from "../../components/config/validate";
import type { Flavor } from "../../components/core/flavor";
import { Naming } from "../../components/core/naming";
import { SERVICES } from "../../components/core/services";
import { serverGroups } from "../../components/features/index";
import { Storefront } from "../../components/storefront";
import { plan } from "./plan";
import { CLOUD, STORAGE } from "./stack-files";

export type Environment = "dev" | "prod";
/** Keys of sections. */
export type Changes = Readonly<Record<string, object>>;

/** The mocks' stack. */
const STACK = "dev";

const FLAVORS = [
  { name: "m1.small", vcpus: 1, ram: 2048, disk: 20 },
  { name: "m1.medium", vcpus: 2, ram: 4096, disk: 40 },
  { name: "m1.large", vcpus: 4, ram: 8192, disk: 80 },
];

function flavor(wanted: string): Flavor {
  const found = FLAVORS.find(({ name }) => name === wanted);
  assert.ok(found, wanted);
  return found;
}

export async function configOf(environment: Environment, changes: Changes = {}): Promise<StoreConfig> {
  const { sections } = await readStackFile(environment);
  const changed = Object.entries(changes).map(([key, values]) => [key, { ...Object(sections[key]), ...values }]);
  const boot = { boot: { handover: 0, ...Object(changes.boot ?? sections.boot) } };
  return validate(PROJECT, { ...sections, ...Object.fromEntries(changed), ...boot });
}

/** @returns all resources of the store, as policies see them */
export async function store(environment: Environment, changes: Changes = {}) {
  const config = await configOf(environment, changes);
  const machines = serverGroups(config).map((group) => [
    group.key,
    { imageId: "image-id", flavor: flavor(group.flavor) },
  ]);
  const { tls } = config.balancing;
  const cloud = {
    ...CLOUD,
    machines: { ...CLOUD.machines, ...Object.fromEntries(machines) },
    storage: STORAGE,
    ...(tls ? { tlsContainerRef: "https://barbican/c" } : {}),
    ...(tlsOnServers(config.balancing) ? { certificate: pulumi.secret(CERTIFICATE) } : {}),
  };
  return plan(() => new Storefront("store", { config, cloud, naming: new Naming(PROJECT, STACK) }));
}

const CERTIFICATE = {
  chain: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
  privateKey: "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
};
/** Instead of what the prod store asks of its web balancer. */
const OVN = { provider: "ovn", web: {} };
/** OVN wants one way out only. */
const BAKED = { database: { egress: false }, boot: { mode: "image" } };
const HAPROXY = { driver: "haproxy", servers: { image: "debian-12", flavor: "m1.small" } };
const DISKS = { rootDisk: { size: 20, type: "lab-ssd" } };
export const VARIANTS: Readonly<Record<string, readonly [Environment, Changes]>> = {
  "the dev store": ["dev", {}],
  "the prod store": ["prod", {}],
  "a prod store with uploads in Swift": ["prod", { shop: { media: { driver: "swift" } } }],
  "a store on boot volumes, with a gateway for nobody": [
    "dev",
    { web: { rootDisk: { size: 20 } }, database: { rootDisk: { size: 20 }, egress: false }, boot: { mode: "image" } },
  ],
  "a static prod store on encrypted boot volumes": [
    "prod",
    {
      web: { ...DISKS, scaling: { mode: "static" } },
      app: { ...DISKS, scaling: { mode: "static" }, count: 3 },
      database: DISKS,
    },
  ],
  "a dev store behind OVN": ["dev", { balancing: { provider: "ovn" }, ...BAKED }],
  "a prod store whose web servers end TLS behind OVN": ["prod", { balancing: OVN, ...BAKED }],
  "a prod store behind HAProxy": ["prod", { balancing: HAPROXY }],
  "a static prod store behind HAProxy": [
    "prod",
    {
      web: { scaling: { mode: "static" } },
      app: { scaling: { mode: "static" } },
      balancing: { ...HAPROXY, servers: { ...HAPROXY.servers, ...DISKS } },
    },
  ],
  "a prod store with a pair of database servers": [
    "prod",
    { database: { mode: "pair", image: "debian-12", backups: { image: "debian-12", flavor: "m1.small" } } },
  ],
  "a dev store with a service of its own servers": ["dev", { services: { search: { flavor: "m1.small" } } }],
  "a dev store with all services": [
    "dev",
    { services: Object.fromEntries(SERVICES.map((name) => [name, { flavor: "m1.small" }])) },
  ],
  "a prod store with a service that grows": [
    "prod",
    { services: { checkout: { flavor: "m1.small", scaling: { mode: "auto", max: 3 }, fallback: "app" } } },
  ],
  "a dev store with services behind OVN": [
    "dev",
    { balancing: { provider: "ovn" }, ...BAKED, services: { image: { flavor: "m1.small", rootDisk: { size: 20 } } } },
  ],
  "a dev store behind HAProxy, without TLS": ["dev", { balancing: HAPROXY }],
  "a prod store with a firewall at its router": ["prod", { access: { firewall: "stateful" } }],
  "a dev store behind OVN with a firewall at its router": [
    "dev",
    { balancing: { provider: "ovn" }, ...BAKED, access: { firewall: "stateless" } },
  ],
};
