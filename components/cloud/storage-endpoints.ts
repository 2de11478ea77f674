/** Where Keystone, Swift and Cinder are: for servers that keep something there, and for browsers that read static content. */
import { isIPv4 } from "node:net";
import type { StoreConfig } from "../config/schema";
import { versionsOf } from "../config/shop-schema";
import { cidrOf, overlap } from "../core/cidr";
import type { CloudApi } from "./api";
import { publicEndpoint, type Scope, typesOf } from "./endpoints";
import type { Findings } from "./findings";
import { applicationCredential } from "./scaling-needs";
import type { Session } from "./session";
import { hasObjectVersioning, NO_VERSIONS } from "./swift-info";

export interface StorageEndpoints extends Owner {
  /** Keystone's, with its version, e.g. `https://keystone.example.com/v3`. */
  readonly authUrl: string;
  /** The project's account in Swift, e.g. `https://swift.example.com/v1/AUTH_0123abcd`. */
  readonly storageUrl: string;
  /** Cinder; only where the keeper makes the database's volume larger. */
  readonly volumes?: VolumesEndpoint | undefined;
}

export interface VolumesEndpoint {
  /** With the project, e.g. `https://cinder.example.com/v3/0123abcd`. */
  readonly url: string;
  /** Types by which the catalogue lists it, one of which it goes by itself. */
  readonly types: readonly string[];
}

/** Ids of the credential's owner. */
interface Owner {
  readonly projectId: string;
  readonly userId: string;
}

/** @returns nothing where the region does not have both; what is missing or does not fit is among the findings */
export async function findStorageEndpoints(
  findings: Findings,
  session: Scope & Owner & Pick<Session, "send">,
  api: CloudApi,
  config: StoreConfig,
): Promise<StorageEndpoints | undefined> {
  const { publicStatic } = config.shop;
  const users = serversInSwift(config);
  for (const key of users) await requireCredential(findings, api, key);
  const [identity, storageUrl] = [publicEndpoint(session, "identity"), publicEndpoint(session, "object-store")];
  if (!identity || !storageUrl) {
    const missing = `the cloud has no public endpoint of ${identity ? "Swift" : "Keystone"} for the servers to reach`;
    for (const key of users) findings.add(key, missing);
    return undefined;
  }
  const authUrl = `${identity}/v3`;
  const volumesUrl = config.database.volume.grow && publicEndpoint(session, "block-storage");
  const endpoints = [authUrl, storageUrl, ...(volumesUrl ? [volumesUrl] : [])];
  const outOfReach = endpoints.filter((url) => !isWithin(url, config.access.services));
  for (const url of users.length > 0 ? outOfReach : []) {
    findings.add("access.services", `${config.access.services.join(", ")} does not hold the endpoint ${url}`);
  }
  if (publicStatic && config.balancing.tls && !storageUrl.startsWith("https:")) {
    const problem = `browsers take nothing from ${storageUrl}, which is plain HTTP, for a shop that is HTTPS: set false`;
    findings.add("shop.publicStatic", problem);
  }
  if (versionsOf(config.shop.media) && (await hasObjectVersioning(storageUrl, session.send)) === false) {
    findings.add("shop.media.versions", NO_VERSIONS);
  }
  const owner = { projectId: session.projectId, userId: session.userId };
  const volumes = volumesUrl ? { url: volumesUrl, types: typesOf(session, "block-storage") } : undefined;
  return { authUrl, storageUrl, ...owner, ...(volumes && { volumes }) };
}

/** Keys by which servers sign in to Swift, with credentials that this program makes. */
function serversInSwift({ database, shop }: StoreConfig): string[] {
  return [
    ...(shop.media.driver === "swift" ? ["shop.media.driver"] : []),
    ...(database.backups ? ["database.backups"] : []),
  ];
}

async function requireCredential(findings: Findings, api: CloudApi, key: string): Promise<void> {
  const credential = await applicationCredential(api);
  if (!credential?.restricted) return;
  const instead =
    "sign in with a password, or with a credential made by `openstack application credential create --unrestricted`";
  const otherwise = key === "shop.media.driver" ? "set local" : "take it away";
  const problem = `needs an application credential for its servers, and the one in use, "${credential.name}", may not make any: ${instead}; or ${otherwise}`;
  findings.add(key, problem);
}

/** Only an endpoint that is an address can be told here: what a name leads to inside the cloud is the cloud's business. */
function isWithin(url: string, cidrs: readonly string[]): boolean {
  const { hostname } = new URL(url);
  return !isIPv4(hostname) || cidrs.some((cidr) => overlap(cidrOf(cidr), cidrOf(`${hostname}/32`)));
}

/** TCP ports of Keystone and Swift, each once. */
export function portsOf({ authUrl, storageUrl }: StorageEndpoints): number[] {
  return distinctPorts([authUrl, storageUrl]);
}

/** The same of all that the keeper asks. */
export function keeperPortsOf({ authUrl, storageUrl, volumes }: StorageEndpoints): number[] {
  return distinctPorts([authUrl, storageUrl, ...(volumes ? [volumes.url] : [])]);
}

function distinctPorts(urls: readonly string[]): number[] {
  const ports = urls.map((url) => {
    const { port, protocol } = new URL(url);
    return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  });
  return [...new Set(ports)];
}
