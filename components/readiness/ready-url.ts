/** The storefront's URL as an output that resolves when shoppers can buy, so that other stacks never see a dead store. */
import * as pulumi from "@pulumi/pulumi";
import type { CloudApi } from "../cloud/api";
import { schemeOf } from "../config/balancing-schema";
import type { StoreConfig } from "../config/schema";
import { runError } from "./run-error";
import { waitForStore } from "./wait";

export interface ReadyUrlArgs {
  readonly config: StoreConfig;
  /** As `lateApi` gives it. */
  readonly api: () => Promise<CloudApi>;
  /** The store's public address. */
  readonly address: pulumi.Output<string>;
  /** Lists of Nova's ids. */
  readonly servers: pulumi.Output<string[]>[];
  /** What resolves when new servers have taken over. */
  readonly settled: readonly pulumi.Output<void>[];
  /** What is to be made before the waiting begins. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * @throws RunError (in the output) with every server's own report, when the store does not answer in time
 */
export function readyUrl(
  { config, api, address, servers, settled, after }: ReadyUrlArgs,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const url = config.shop.url
    ? pulumi.output(config.shop.url)
    : pulumi.interpolate`${schemeOf(config.balancing)}://${address}/`;
  // A preview makes nothing that could be waited for.
  if (pulumi.runtime.isDryRun()) return url;
  const made = pulumi.all(after.map((resource) => resource.urn));
  const handedOver = pulumi.all([...settled]);
  return pulumi.all([url, address, pulumi.all(servers), made, handedOver]).apply(async ([where, ip, ids]) => {
    if (config.boot.wait === 0) return where;
    await waitForStore({
      // By address, since the name may lead here only later; the web tier alone answers /healthz.
      url: `${schemeOf(config.balancing)}://${ip}${config.shop.release ? "/" : "/healthz"}`,
      host: config.shop.url && new URL(config.shop.url).host,
      seconds: config.boot.wait,
      servers: ids.flat(),
      api,
      progress: (line) => void pulumi.log.info(line, opts.parent, undefined, true),
    }).catch(runError);
    return where;
  });
}
