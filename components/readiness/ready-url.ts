/** The storefront's URL as an output that resolves when shoppers can buy, so that other stacks never see a dead store. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { cloudApi } from "../cloud/api";
import { scheme } from "../cloud-init/user-data";
import type { StoreConfig } from "../config/schema";
import { waitForStore } from "./wait";

export interface ReadyUrlArgs {
  readonly config: StoreConfig;
  /** The store's public address. */
  readonly address: pulumi.Output<string>;
  /** Lists of Nova's ids. */
  readonly servers: pulumi.Output<string[]>[];
  /** What is to be made before the waiting begins. */
  readonly after: readonly pulumi.Resource[];
}

/** @throws RunError (in the output) with every server's own report, when the store does not answer in time */
export function readyUrl(
  { config, address, servers, after }: ReadyUrlArgs,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const url = config.shop.url ? pulumi.output(config.shop.url) : pulumi.interpolate`${scheme(config)}://${address}/`;
  // A preview makes nothing that could be waited for.
  if (config.boot.wait === 0 || pulumi.runtime.isDryRun()) return url;
  const made = after.map((resource) => resource.urn);
  return pulumi.all([url, address, pulumi.all(servers), pulumi.all(made)]).apply(async ([where, ip, ids]) => {
    await waitForStore({
      // By address, since the name may lead here only later; the web tier alone answers /healthz.
      url: `${scheme(config)}://${ip}${config.shop.release ? "/" : "/healthz"}`,
      host: config.shop.url && new URL(config.shop.url).host,
      seconds: config.boot.wait,
      servers: ids.flat(),
      api: async () => cloudApi(await openstack.identity.getAuthScope({ name: "readiness", setTokenId: true }, opts)),
      progress: (line) => void pulumi.log.info(line, opts.parent, undefined, true),
    }).catch((cause: unknown) => {
      throw new pulumi.RunError(cause instanceof Error ? cause.message : String(cause));
    });
    return where;
  });
}
