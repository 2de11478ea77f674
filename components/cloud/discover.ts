/**
 * What the program takes from the cloud as it is: looked up once, before anything is registered, so that every id is
 * plain text in the first preview and everything that is missing is reported at once.
 */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { tlsOnServers } from "../config/balancing-schema";
import type { StoreConfig, Tier } from "../config/schema";
import { TIERS } from "../config/schema";
import type { Certificate } from "../core/certificate";
import type { Flavor } from "../core/flavor";
import { isUuid } from "../core/uuid";
import type { ServerGroup, ServerKey } from "../features/feature";
import { byKey, serverGroups } from "../features/index";
import { serviceNeeds } from "../features/service-needs";
import { cloudApi } from "./api";
import { balancerOutages } from "./balancer-outages";
import { balancerProvider } from "./balancer-provider";
import { readCertificate } from "./certificate";
import { requireConnections } from "./connection-needs";
import { absence, endpointOf } from "./endpoints";
import { type ExistingStore, existingStore } from "./existing-store";
import { expiries, inTime } from "./expiries";
import { extensionsOf, inWords, missingExtensions } from "./extensions";
import { type ExternalNetwork, findExternalNetwork, otherOfItsName } from "./external-network";
import { refuseFailedBalancers } from "./failed-balancers";
import { Findings, lookUpError, signInError } from "./findings";
import { keptImage } from "./kept-image";
import { refuseLosses } from "./losses";
import { unknownResolvers } from "./resolvers";
import { requireReach, requireRoom } from "./restore-needs";
import { crowds, membersOfServerGroup } from "./rollover-needs";
import { requireTrust } from "./scaling-needs";
import { openSession } from "./session";
import { requireSnapshot } from "./snapshots";
import { findStorageEndpoints, type StorageEndpoints } from "./storage-endpoints";

export interface AdoptedSubnet {
  readonly networkId: string;
  readonly subnetId: string;
}

/** What a section of the stack file names, as the cloud has it. */
export interface Machine {
  readonly imageId: string;
  readonly flavor: Flavor;
}

/** By section; the three tiers' are always there. */
export type Machines = Readonly<Record<"web" | "app" | "database", Machine> & Partial<Record<ServerKey, Machine>>>;

/** Facts of the cloud that the store is built on. */
export interface Cloud {
  readonly externalNetwork: ExternalNetwork;
  readonly floatingSubnetId: string | undefined;
  readonly routerId: string | undefined;
  readonly machines: Machines;
  /** Provider to ask Octavia for where the stack file names none; none: the cloud's default. */
  readonly balancerProvider?: string | undefined;
  /** Barbican reference of the web balancer's certificate; none: plain HTTP. */
  readonly tlsContainerRef: string | undefined;
  /** Secret; only where servers end TLS themselves. */
  readonly certificate: pulumi.Output<Certificate> | undefined;
  readonly adoptedSubnets: Readonly<Partial<Record<Tier, AdoptedSubnet>>>;
  /** Only where uploads go to Swift. */
  readonly storage: StorageEndpoints | undefined;
  readonly existing: ExistingStore;
}

/**
 * Looks up images, flavors, networks and services that the configuration names, and the store's own servers.
 * @param namespace of the keys in messages
 * @param prefix what the names of the store's servers begin with
 * @throws Error naming every key whose value the cloud does not have, or the store's balancers that are in ERROR, before any
 *   resource is registered
 */
export async function discover(
  namespace: string,
  prefix: string,
  config: StoreConfig,
  opts?: pulumi.InvokeOptions,
): Promise<Cloud> {
  const findings = new Findings(namespace);
  const session = await signIn(opts);
  const api = cloudApi(session);
  const reachable = (type: string) => endpointOf(session, type) !== undefined;
  const groups = byKey(serverGroups(config));

  findings.requireServices((type) => absence(session, type), serviceNeeds(config));
  // A Neutron that does not list them says later what it lacks.
  const extensions = reachable("network") ? await extensionsOf(api).catch(() => undefined) : undefined;
  for (const need of extensions ? missingExtensions(config, extensions) : []) findings.add(need.key, inWords(need));
  await requireTrust(findings, api, config);
  const storage = await findStorageEndpoints(findings, session, api, config);

  const lookedUp = existingStore(api, reachable, prefix, config).catch((cause: unknown) => {
    throw lookUpError(cause);
  });
  // Golden images are the user's own, and each version of the program may need a new one.
  const imageToKeep = async (key: ServerKey, image: string) =>
    key === "database" && config.boot.mode === "packages" && reachable("image")
      ? keptImage(api, (await lookedUp).servers, `${prefix}-db-1`, image)
      : undefined;
  const [existing, externalNetwork, floatingSubnetId, routerId, , tlsContainerRef, images, flavors, subnets] =
    await Promise.all([
      lookedUp,
      findings.look("cloud.externalNetwork", config.cloud.externalNetwork, "openstack network list --external", () =>
        findExternalNetwork(config.cloud.externalNetwork, opts),
      ),
      optional(config.cloud.floatingSubnet, (name) =>
        findings.look(
          "cloud.floatingSubnet",
          name,
          "openstack subnet list",
          async () => (await findSubnet(name, opts)).id,
        ),
      ),
      optional(config.cloud.router, (name) =>
        findings.look("cloud.router", name, "openstack router list", () => findRouter(name, opts)),
      ),
      optional(config.cloud.floatingIp, (address) =>
        findings.look("cloud.floatingIp", address, "openstack floating ip list", () =>
          openstack.networking.getFloatingIp({ address }, opts),
        ),
      ),
      optional(config.balancing.tls?.container, (container) =>
        findings.look("balancing.tls.container", container, "openstack secret container list", () =>
          findCertificate(container, opts),
        ),
      ),
      perKey(
        groups.filter(({ imageOf }) => imageOf === undefined),
        ({ key, image }) =>
          findings.look(
            `${key}.image`,
            image,
            "openstack image list",
            async () => (await imageToKeep(key, image)) ?? findImage(image, opts),
          ),
      ),
      perKey(groups, ({ key, ...server }) =>
        findings.look(`${key}.flavor`, server.flavor, "openstack flavor list", () => findFlavor(server, opts)),
      ),
      adoptedSubnets(findings, config, opts),
    ]);
  const certificate = await optional(tlsOnServers(config.balancing) ? tlsContainerRef : undefined, (ref) =>
    findings.look("balancing.tls.container", config.balancing.tls?.container ?? ref, "openstack secret list", () =>
      readCertificate(api, ref),
    ),
  );
  if (flavors.app && flavors.database) {
    const { app, database: db, ...others } = flavors;
    await requireConnections(findings, api, config, { ...others, app, db });
  }
  await optional(config.database.restore, (restore) => requireReach(findings, api, prefix, restore));
  const takesNewAddress = config.cloud.floatingIp === undefined && reachable("network");
  const [another, provider] = await Promise.all([
    optional(takesNewAddress ? externalNetwork : undefined, (network) => otherOfItsName(api, network)),
    reachable("load-balancer") ? balancerProvider(findings, api, config.balancing, existing.balancers) : undefined,
  ]);
  if (another) findings.add("cloud.externalNetwork", `"${config.cloud.externalNetwork}" ${another}`);
  const unresolved = unknownResolvers(config, extensions);
  if (unresolved && existing.servers.length === 0) findings.add("cloud.dnsServers", unresolved);
  requireRoom(findings, prefix, config.database, existing.volumeSizes);
  await requireSnapshot(findings, api, prefix, config.database);
  findings.throwIfAny();
  refuseLosses(namespace, config, existing);
  if (pulumi.runtime.isDryRun()) {
    for (const outage of balancerOutages(config, existing)) pulumi.log.warn(outage);
    // A store that stands has come up with them.
    if (unresolved) pulumi.log.warn(`${namespace}:cloud.dnsServers ${unresolved}`);
    const endings = await expiries(api, config, prefix, tlsContainerRef);
    const { over, soon } = inTime(endings);
    const crowded = reachable("compute") ? crowds(config, await membersOfServerGroup(api)) : [];
    for (const { key, text } of [...over, ...soon, ...endings.owners, ...crowded])
      pulumi.log.warn(`${namespace}:${key}: ${text}`);
  }
  if (config.balancing.driver === "octavia" && reachable("load-balancer")) {
    await refuseFailedBalancers(api, session.projectId, prefix);
  }
  return {
    existing,
    externalNetwork: findings.certain(externalNetwork),
    floatingSubnetId,
    routerId,
    machines: machinesOf(findings, groups, images, flavors),
    ...(provider ? { balancerProvider: provider } : {}),
    tlsContainerRef,
    certificate: certificate && pulumi.secret(certificate),
    adoptedSubnets: subnets,
    storage,
  };
}

async function signIn(opts?: pulumi.InvokeOptions) {
  try {
    return await openSession("store", opts);
  } catch (cause) {
    throw signInError(cause);
  }
}

async function findSubnet(nameOrId: string, opts?: pulumi.InvokeOptions) {
  return openstack.networking.getSubnet(isUuid(nameOrId) ? { subnetId: nameOrId } : { name: nameOrId }, opts);
}

async function findRouter(nameOrId: string, opts?: pulumi.InvokeOptions): Promise<string> {
  const by = isUuid(nameOrId) ? { routerId: nameOrId } : { name: nameOrId };
  return (await openstack.networking.getRouter(by, opts)).id;
}

export async function findImage(nameOrId: string, opts?: pulumi.InvokeOptions): Promise<string> {
  if (isUuid(nameOrId)) return nameOrId;
  return (await openstack.images.getImage({ name: nameOrId, mostRecent: true }, opts)).id;
}

export async function findFlavor(
  { flavor: nameOrId, rootDisk }: Pick<ServerGroup, "flavor" | "rootDisk">,
  opts?: pulumi.InvokeOptions,
): Promise<Flavor> {
  // Both are unique; an id may be any text.
  const byId = () => openstack.compute.getFlavor({ flavorId: nameOrId }, opts);
  const found = await openstack.compute.getFlavor({ name: nameOrId }, opts).catch((cause: unknown) =>
    byId().catch(() => {
      throw cause;
    }),
  );
  const { name = nameOrId, vcpus = 0, ram = 0, disk = 0 } = found;
  if (disk === 0 && !rootDisk) throw new Error("has no disk of its own: give `rootDisk: { size: ... }` beside it");
  return { name, vcpus, ram, disk };
}

async function findCertificate(nameOrRef: string, opts?: pulumi.InvokeOptions): Promise<string> {
  if (/^https?:/.test(nameOrRef)) return nameOrRef;
  return (await openstack.keymanager.getContainer({ name: nameOrRef }, opts)).containerRef;
}

async function adoptedSubnets(findings: Findings, { network }: StoreConfig, opts?: pulumi.InvokeOptions) {
  const look = (tier: Tier) =>
    optional(network[tier].subnet, (name) =>
      findings.look(`network.${tier}.subnet`, name, "openstack subnet list", () =>
        adopt(name, network[tier].cidr, opts),
      ),
    );
  const found = await Promise.all(TIERS.map(async (tier) => [tier, await look(tier)] as const));
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

async function adopt(nameOrId: string, cidr: string, opts?: pulumi.InvokeOptions): Promise<AdoptedSubnet> {
  const subnet = await findSubnet(nameOrId, opts);
  if (subnet.cidr !== cidr) throw new Error(`has the CIDR ${subnet.cidr}, but the stack file says ${cidr}`);
  return { networkId: subnet.networkId, subnetId: subnet.id };
}

async function optional<V, T>(value: V | undefined, find: (value: V) => Promise<T>): Promise<T | undefined> {
  return value === undefined ? undefined : find(value);
}

type Found<K extends string, T> = Partial<Record<K, T>>;

async function perKey<T>(
  groups: readonly ServerGroup[],
  find: (group: ServerGroup) => Promise<T | undefined>,
): Promise<Found<ServerKey, T>> {
  const found = await Promise.all(groups.map(async (group) => [group.key, await find(group)] as const));
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function machinesOf(
  findings: Findings,
  groups: readonly ServerGroup[],
  images: Found<ServerKey, string>,
  flavors: Found<ServerKey, Flavor>,
): Machines {
  const of = (key: ServerKey, imageOf = key): Machine => ({
    imageId: findings.certain(images[imageOf]),
    flavor: findings.certain(flavors[key]),
  });
  const others = groups.map(({ key, imageOf }) => [key, of(key, imageOf)] as const);
  return { web: of("web"), app: of("app"), database: of("database"), ...Object.fromEntries(others) };
}
