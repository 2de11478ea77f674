/** The interface of a stack to people and to other stacks: stable names, typed once. */
import type * as pulumi from "@pulumi/pulumi";
import type { Tier } from "./config/schema";
import type { ScalingHandles, ScalingUrls } from "./scaling/elastic-group";

type PerTier<T> = Readonly<Record<Tier, T>>;
type PerGroup<T> = { readonly web: T | undefined; readonly app: T | undefined };
type PerStore<T> = Readonly<Record<string, T>>;

export interface StoreOutputs {
  /** Where shoppers go, e.g. `http://203.0.113.17/`; with boot.wait it is there when the store sells, and not before. */
  readonly storefrontUrl: pulumi.Output<string>;
  /** Raised when a name is removed or changes its meaning. */
  readonly interfaceVersion: 1;
  readonly publicAddress: pulumi.Output<string>;
  /** Virtual addresses of the two balancers, inside their tiers. */
  readonly vips: { readonly web: string; readonly app: string };
  /** Octavia's; undefined where HAProxy balances. */
  readonly loadBalancerIds: PerGroup<pulumi.Output<string>>;
  /** Servers that HAProxy runs on; undefined where Octavia balances. */
  readonly balancerServerIds: PerGroup<pulumi.Output<string[]>>;
  readonly networkIds: PerTier<pulumi.Output<string>>;
  readonly subnetIds: PerTier<pulumi.Output<string>>;
  readonly cidrs: PerTier<string>;
  readonly securityGroupIds: PerTier<pulumi.Output<string>>;
  /** Of an elastic group: as of the last `up` or refresh. */
  readonly serverIds: PerTier<pulumi.Output<string[]>>;
  readonly databaseEndpoint: { readonly host: string; readonly port: number };
  readonly databaseNames: readonly string[];
  readonly databaseVolumeId: pulumi.Output<string>;
  /** Password of each store's database user, which is named as the database. Secret. */
  readonly databasePasswords: pulumi.Output<PerStore<string>>;
  /** Password of each user who only reads. Secret. */
  readonly readerPasswords: pulumi.Output<PerStore<string>>;
  /** Password of each store's administrator `admin`. Secret. */
  readonly adminPasswords: pulumi.Output<PerStore<string>>;
  /** What scales each elastic group: Heat's stack and policies, Aodh's alarms. Undefined for static groups. */
  readonly scaling: PerGroup<pulumi.Output<ScalingHandles>>;
  /** Scaling webhooks, for telemetry.driver heat-signal. Secret. */
  readonly scalingUrls: pulumi.Output<PerGroup<ScalingUrls>>;
  /** Undefined on a cloud without Swift. */
  readonly containers: { readonly static: pulumi.Output<string>; readonly backups: pulumi.Output<string> } | undefined;
}
