/** The storefront's URL as an output that resolves when shoppers can buy, so that other stacks never see a dead store. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { type CloudApi, cloudApi } from "../cloud/api";
import { scheme } from "../cloud-init/user-data";
import type { StoreConfig } from "../config/schema";
import { waitForHandover } from "./handover";
import { waitForStore } from "./wait";

export interface ReadyUrlArgs {
  readonly config: StoreConfig;
  /** The store's public address. */
  readonly address: pulumi.Output<string>;
  /** Lists of Nova's ids. */
  readonly servers: pulumi.Output<string[]>[];
  /** What the servers' names begin with. */
  readonly prefix: string;
  /** Groups whose servers come before those go whose places they take: Nova's ids, and Octavia's of their pools. */
  readonly groups: readonly {
    readonly servers: pulumi.Output<string[]>;
    readonly pools: readonly pulumi.Output<string>[];
  }[];
  /** What is to be made before the waiting begins. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * @throws RunError (in the output) with every server's own report, when the store does not answer in time, or when servers
 * that take others' places do not serve in time
 */
export function readyUrl(
  { config, address, servers, prefix, groups, after }: ReadyUrlArgs,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const url = config.shop.url ? pulumi.output(config.shop.url) : pulumi.interpolate`${scheme(config)}://${address}/`;
  // A preview makes nothing that could be waited for.
  if (pulumi.runtime.isDryRun()) return url;
  const made = pulumi.all(after.map((resource) => resource.urn));
  const sets = pulumi.all(groups.map(({ servers, pools }) => ({ servers, pools: pulumi.all([...pools]) })));
  let signedIn: Promise<CloudApi> | undefined;
  const api = () => {
    signedIn ??= openstack.identity.getAuthScope({ name: "readiness", setTokenId: true }, opts).then(cloudApi);
    return signedIn;
  };
  const handover = async (set: { readonly servers: string[]; readonly pools: string[] }) =>
    waitForHandover({
      ...set,
      prefix,
      api: await api(),
      seconds: config.boot.handover,
      discovery: secondsToBeFound(config),
      progress: (line) => void pulumi.log.info(line, opts.parent, undefined, true),
    });
  return pulumi.all([url, address, pulumi.all(servers), sets, made]).apply(async ([where, ip, ids, sets]) => {
    if (config.boot.handover > 0) await Promise.all(sets.map(handover)).catch(runError);
    if (config.boot.wait === 0) return where;
    await waitForStore({
      // By address, since the name may lead here only later; the web tier alone answers /healthz.
      url: `${scheme(config)}://${ip}${config.shop.release ? "/" : "/healthz"}`,
      host: config.shop.url && new URL(config.shop.url).host,
      seconds: config.boot.wait,
      servers: ids.flat(),
      api,
      progress: (line) => void pulumi.log.info(line, opts.parent, undefined, true),
    }).catch(runError);
    return where;
  });
}

/** Whose message Pulumi shows without a stack trace. */
function runError(cause: unknown): never {
  throw new pulumi.RunError(cause instanceof Error ? cause.message : String(cause));
}

/** A server is in after as many good checks as there are bad ones until it is out. */
function secondsToBeFound({ balancing: { web, app } }: StoreConfig): number {
  return Math.max(...[web, app].map(({ monitor }) => monitor.delay * monitor.retries + monitor.timeout));
}
