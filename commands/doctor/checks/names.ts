/** Everything that the stack file calls by name. */
import { chosenProvider } from "../../../components/cloud/balancer-provider";
import { balancesConnections } from "../../../components/config/balancing-schema";
import type { StoreConfig } from "../../../components/config/schema";
import { flavorCalled } from "../../../components/core/flavor";
import { DAY_MS } from "../../../components/core/time";
import type { ServerGroup } from "../../../components/features/feature";
import { byKey, serverGroups } from "../../../components/features/index";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, named, unknown, wrong } from "../finding";

const byName = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);
/** An id is that very thing. */
const itself = <T extends { readonly id: string; readonly name: string | null }>(wanted: string, rows: readonly T[]) =>
  rows.find(({ id }) => id === wanted) ?? rows.find(({ name }) => name === wanted);

const byIdOrName = (wanted: string, rows: readonly { readonly id: string; readonly name: string }[]) =>
  rows.some(({ id }) => id === wanted) ? [wanted] : byName(rows);

/** Runs a look only where the stack file names something. */
async function given<T>(wanted: T | undefined, look: (wanted: T) => Promise<Finding[]>): Promise<Finding[]> {
  return wanted === undefined ? [] : look(wanted);
}

export async function networks(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  const { cloud: own, network } = config;
  const external = own.externalNetwork;
  const tiers = Object.entries({ web: network.web, app: network.app, db: network.db });
  const adopted = await Promise.all(
    tiers.map(([tier, { subnet, cidr }]) =>
      given(subnet, async (wanted) => {
        const rows = await cloud.subnets();
        const found = itself(wanted, rows);
        if (found && found.cidr !== cidr) {
          const set = { [`network.${tier}.cidr`]: found.cidr };
          return [wrong(`network.${tier}.cidr`, `${wanted} has the CIDR ${found.cidr}`, set)];
        }
        return [named(`network.${tier}.subnet`, wanted, byIdOrName(wanted, rows))];
      }),
    ),
  );
  const there = await cloud.externalNetworks();
  const found = itself(external, there);
  const another = found && own.floatingIp === undefined ? await cloud.otherOfItsName(found) : undefined;
  const unresolved = await cloud.unknownResolvers(config);
  return [
    another
      ? wrong("cloud.externalNetwork", `"${external}" ${another}`)
      : named("cloud.externalNetwork", external, byIdOrName(external, there)),
    ...(unresolved ? [wrong("cloud.dnsServers", unresolved)] : []),
    ...(await given(own.router, async (name) => [
      named("cloud.router", name, byIdOrName(name, await cloud.routers())),
    ])),
    ...(await given(own.floatingSubnet, async (name) => [
      named("cloud.floatingSubnet", name, byIdOrName(name, await cloud.subnets())),
    ])),
    ...(await given(own.floatingIp, async (address) => {
      const there = (await cloud.floatingIps()).map((ip) => ip.floating_ip_address);
      return [named("cloud.floatingIp", address, there)];
    })),
    ...adopted.flat(),
  ];
}

/** MiB that the smallest proposed flavor has. */
const PROPOSED_RAM = 2048;

export async function servers(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  const [flavors, images] = await Promise.all([cloud.flavors(), cloud.images()]);
  return byKey(serverGroups(config)).flatMap(({ key, imageOf, ...server }) => {
    const flavor = flavorCalled(flavors, server.flavor);
    const image = itself(server.image, images);
    const [smallest] = flavors
      .filter(({ ram, disk }) => ram >= PROPOSED_RAM && (disk > 0 || server.rootDisk))
      .sort((one, other) => one.ram - other.ram || one.vcpus - other.vcpus);
    const there = images.flatMap(({ name }) => (name ? [name] : []));
    const ofImage = image
      ? imageFinding(config, key, server, daysSince(image.created_at))
      : named(`${key}.image`, server.image, there);
    // Another section's is judged there.
    const findings = imageOf === undefined ? [ofImage] : [];
    if (!flavor) {
      const there = flavors.map(({ name, vcpus, ram }) => `${name} (${vcpus} vCPU, ${ram} MiB)`).join(", ");
      const set = smallest ? { [`${key}.flavor`]: smallest.name } : undefined;
      return [...findings, wrong(`${key}.flavor`, `"${server.flavor}" is not there; there are: ${there}`, set)];
    }
    const disk = server.rootDisk?.size ?? flavor.disk;
    if (disk === 0) {
      const set = { [`${key}.rootDisk`]: { size: Math.max(20, image?.min_disk ?? 0) } };
      return [...findings, wrong(`${key}.flavor`, `${flavor.name} has no disk of its own`, set)];
    }
    if (image && (disk < image.min_disk || flavor.ram < image.min_ram)) {
      const needs = `${image.min_disk} GiB of disk and ${image.min_ram} MiB of memory`;
      return [...findings, wrong(`${key}.flavor`, `${flavor.name} is too small: ${server.image} needs ${needs}`)];
    }
    return [...findings, fine(`${key}.flavor`, `${flavor.name}: ${flavor.vcpus} vCPU, ${flavor.ram} MiB, ${disk} GiB`)];
  });
}

const OLD_DAYS = 90;
const daysSince = (time: string) => Math.floor((Date.now() - Date.parse(time)) / DAY_MS);

/** Servers without a way to package mirrors have the security updates of their image, and no others. */
function imageFinding(
  { access, boot, database }: StoreConfig,
  key: string,
  { image, tier }: Pick<ServerGroup, "image" | "tier">,
  days: number,
): Finding {
  const isUpdated = access.packages.length > 0 && (tier !== "db" || database.egress);
  if (isUpdated || !boot.securityUpdates || days < OLD_DAYS) return fine(`${key}.image`, image);
  const why = "its servers have no way to package mirrors, so security updates come with a new image only";
  return unknown(`${key}.image`, `${image} is ${days} days old, and ${why}`);
}

export async function keyPair(cloud: CloudView, { cloud: own }: StoreConfig): Promise<Finding[]> {
  return given(own.keyPair, async (name) => [named("cloud.keyPair", name, byName(await cloud.keyPairs()))]);
}

export async function zones(cloud: CloudView, { cloud: own }: StoreConfig): Promise<Finding[]> {
  const open = (rows: Awaited<ReturnType<CloudView["computeZones"]>>) =>
    rows.filter(({ zoneState }) => zoneState.available).map(({ zoneName }) => zoneName);
  const check = (key: string, wanted: readonly string[], there: readonly string[]) => {
    const strangers = wanted.filter((zone) => !there.includes(zone));
    if (strangers.length === 0) return fine(key, wanted.join(", "));
    const text = `${strangers.join(", ")} not there, or not available; there are: ${there.join(", ")}`;
    return wrong(key, text, { [key]: wanted.filter((zone) => there.includes(zone)) });
  };
  return [
    ...(own.computeZones.length > 0
      ? [check("cloud.computeZones", own.computeZones, open(await cloud.computeZones()))]
      : []),
    ...(own.volumeZones.length > 0
      ? [check("cloud.volumeZones", own.volumeZones, open(await cloud.volumeZones()))]
      : []),
  ];
}

export async function volumeTypes(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  const roots = byKey(serverGroups(config)).map(
    ({ key, rootDisk }) => [`${key}.rootDisk.type`, rootDisk?.type] as const,
  );
  const wanted = [["database.volume.type", config.database.volume.type] as const, ...roots];
  const asked = wanted.flatMap(([key, type]) => (type ? [[key, type] as const] : []));
  if (asked.length === 0) return [];
  const there = byName(await cloud.volumeTypes());
  return asked.map(([key, type]) => named(key, type, there));
}

/** The provider that the stack file names, or what the cloud's default could be. */
function provider(own: StoreConfig["balancing"], there: readonly string[]): Finding {
  const key = "balancing.provider";
  const able = there.filter((name) => !balancesConnections({ provider: name }));
  const connections = there.find((name) => balancesConnections({ provider: name }));
  if (own.provider && there.includes(own.provider)) {
    const only = "passes connections on: no cookies, TLS ends on the web servers";
    return fine(key, balancesConnections(own) ? `${own.provider}, which ${only}` : own.provider);
  }
  if (own.provider) return named(key, own.provider, balancesConnections(own) ? there : able);
  const { name, problem } = own.flavor ? {} : chosenProvider(there, undefined);
  if (!problem) return fine(key, `${name ?? "the cloud's default"}, of ${there.join(", ")}`);
  const set = connections === undefined || able.length > 0 ? undefined : { [key]: connections };
  return wrong(key, problem, set);
}

/** What Octavia must have, and Barbican for either driver. */
export async function balancing(cloud: CloudView, { balancing: own }: StoreConfig): Promise<Finding[]> {
  const asked = own.driver === "octavia" && cloud.has("load-balancer");
  return [
    ...(asked ? [provider(own, byName(await cloud.providers()))] : []),
    ...(await given(asked ? own.flavor : undefined, async (id) => [
      named("balancing.flavor", id, byIdOrName(id, await cloud.balancerFlavors())),
    ])),
    ...(await given(asked ? own.zone : undefined, async (zone) => [
      named("balancing.zone", zone, byName(await cloud.balancerZones())),
    ])),
    ...(await given(own.tls?.container, async (container) =>
      /^https?:/.test(container) || !cloud.has("key-manager")
        ? []
        : [named("balancing.tls.container", container, byName(await cloud.certificates()))],
    )),
  ];
}
