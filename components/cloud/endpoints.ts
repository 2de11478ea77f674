/** Where a cloud's services are, out of Keystone's catalogue. */
import type { ConnectionSettings, Interface } from "./connection-settings";

interface Endpoint {
  readonly interface: string;
  readonly region: string;
  readonly regionId?: string;
  readonly url: string;
}

/** Of what the provider's `getAuthScope` gives. */
export interface Scope {
  /** The provider's; none: any. */
  readonly region: string;
  readonly serviceCatalogs: readonly { readonly type: string; readonly endpoints: readonly Endpoint[] }[];
}

/** A catalogue, and which of its endpoints are meant. */
export type Catalogue = Scope & { readonly settings: Pick<ConnectionSettings, "interface" | "overrides"> };

/** Types under which catalogues list a service, those that the provider prefers first. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  "block-storage": ["volumev3", "block-storage", "block-store", "volume"],
};

/** The provider's names in `endpointOverrides`, where they are not the type. */
const OVERRIDES: Readonly<Record<string, string>> = { "block-storage": "volumev3", "load-balancer": "octavia" };

/** Services whose version stands in the paths that are asked for: it may stand at their endpoint's end too. */
const VERSIONED = new Set(["identity", "image", "network", "load-balancer", "key-manager", "metric"]);

const namesOf = (service: string) => TYPES[service] ?? [service];

/** The types under which the catalogue lists a service, the official one first. */
export function typesOf({ serviceCatalogs }: Scope, service: string): string[] {
  const names = [service, ...namesOf(service).filter((name) => name !== service)];
  return names.filter((name) => serviceCatalogs.some(({ type }) => type === name));
}

/** Without a slash at its end, nor a version that our paths have; none where the region has none of the interface. */
export function endpointOf({ settings, ...scope }: Catalogue, service: string): string | undefined {
  const override = settings.overrides[OVERRIDES[service] ?? service];
  return override === undefined ? listed(scope, service, settings.interface) : base(service, override);
}

/** The same of what the store's servers and browsers reach: the public one, whichever we use ourselves. */
export function publicEndpoint(scope: Scope, service: string): string | undefined {
  return listed(scope, service, "public");
}

/** Why there is no endpoint of a service. @returns nothing where there is one */
export function absence(catalogue: Catalogue, service: string): string | undefined {
  if (endpointOf(catalogue, service) !== undefined) return undefined;
  const { region, settings } = catalogue;
  const all = endpointsOf(catalogue, service);
  if (all.length === 0) return `the cloud's catalogue has no ${service} service`;
  const own = all.filter(isIn(region));
  if (own.length > 0) return `the cloud's ${service} service has no ${settings.interface} endpoint${within(region)}`;
  const others = [...new Set(all.map((one) => one.region))].join(", ");
  return `the cloud's ${service} service is not in region ${region}, only in ${others}`;
}

const within = (region: string) => (region ? ` in region ${region}` : "");
const isIn =
  (region: string) =>
  (one: Endpoint): boolean =>
    !region || one.region === region || one.regionId === region;

function endpointsOf({ serviceCatalogs }: Scope, service: string) {
  return namesOf(service).flatMap((name) =>
    serviceCatalogs.flatMap(({ type, endpoints }) => (type === name ? endpoints : [])),
  );
}

function listed(scope: Scope, service: string, wanted: Interface): string | undefined {
  const open = endpointsOf(scope, service).filter((one) => one.interface === wanted);
  const url = open.find(isIn(scope.region))?.url;
  return url === undefined ? undefined : base(service, url);
}

function base(service: string, url: string): string {
  const plain = url.replace(/\/+$/, "");
  return VERSIONED.has(service) ? plain.replace(/\/v\d+(\.\d+)?$/, "").replace(/\/+$/, "") : plain;
}
