/** Where Keystone and Swift are: for app servers that keep uploads there, and for browsers that read static content. */
import { isIPv4 } from "node:net";
import type * as openstack from "@pulumi/openstack";
import type { StoreConfig } from "../config/schema";
import { cidrOf, overlap } from "../core/cidr";
import { cloudApi, publicEndpoint } from "./api";
import type { Findings } from "./findings";
import { applicationCredential } from "./scaling-needs";

export interface StorageEndpoints {
  /** Keystone's, with its version, e.g. `https://keystone.example.com/v3`. */
  readonly authUrl: string;
  /** The project's account in Swift, e.g. `https://swift.example.com/v1/AUTH_0123abcd`. */
  readonly storageUrl: string;
  /** Ids of the credential's owner. */
  readonly projectId: string;
  readonly userId: string;
}

/** @returns nothing where the catalogue does not have both; what is missing or does not fit is among the findings */
export async function findStorageEndpoints(
  findings: Findings,
  scope: openstack.identity.GetAuthScopeResult,
  config: StoreConfig,
): Promise<StorageEndpoints | undefined> {
  const { publicStatic } = config.shop;
  const users = serversInSwift(config);
  for (const key of users) await requireCredential(findings, scope, key);
  const [identity, storageUrl] = [publicEndpoint(scope, "identity"), publicEndpoint(scope, "object-store")];
  if (!identity || !storageUrl) return undefined;
  const authUrl = /\/v3$/.test(identity) ? identity : `${identity}/v3`;
  const outOfReach = [authUrl, storageUrl].filter((url) => !isWithin(url, config.access.services));
  for (const url of users.length > 0 ? outOfReach : []) {
    findings.add("access.services", `${config.access.services.join(", ")} does not hold the endpoint ${url}`);
  }
  if (publicStatic && config.balancing.tls && !storageUrl.startsWith("https:")) {
    const problem = `browsers take nothing from ${storageUrl}, which is plain HTTP, for a shop that is HTTPS: set false`;
    findings.add("shop.publicStatic", problem);
  }
  return { authUrl, storageUrl, projectId: scope.projectId, userId: scope.userId };
}

/** Keys by which servers sign in to Swift, with credentials that this program makes. */
function serversInSwift({ database, shop }: StoreConfig): string[] {
  return [
    ...(shop.media.driver === "swift" ? ["shop.media.driver"] : []),
    ...(database.backups ? ["database.backups"] : []),
  ];
}

async function requireCredential(
  findings: Findings,
  scope: openstack.identity.GetAuthScopeResult,
  key: string,
): Promise<void> {
  const credential = await applicationCredential(cloudApi(scope));
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

/** TCP ports of the two, each once. */
export function portsOf({ authUrl, storageUrl }: StorageEndpoints): number[] {
  const ports = [authUrl, storageUrl].map((url) => {
    const { port, protocol } = new URL(url);
    return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  });
  return [...new Set(ports)];
}
