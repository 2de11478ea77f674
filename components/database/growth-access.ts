import * as pulumi from "@pulumi/pulumi";
import type { VolumesEndpoint } from "../cloud/storage-endpoints";
import type { VolumeGrowth } from "../cloud-init/roles/keeper";
import type { DatabaseConfig } from "../config/database-schema";
import { credential } from "../content/container-access";

export interface GrowthAccessArgs {
  /** `<project>-<stack>`. */
  readonly prefix: string;
  readonly config: NonNullable<DatabaseConfig["volume"]["grow"]>;
  readonly endpoint: VolumesEndpoint;
  /** Id of the volume that the database is on. */
  readonly volumeId: pulumi.Output<string>;
}

/** The application credential that the keeper makes the database's volume larger with: it may do nothing but act on this volume. */
export class GrowthAccess extends pulumi.ComponentResource {
  /** Secret. */
  readonly growth: pulumi.Output<VolumeGrowth>;

  constructor(name: string, args: GrowthAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:database:GrowthAccess", name, {}, opts);
    const { prefix, config, endpoint, volumeId } = args;
    const url = pulumi.interpolate`${endpoint.url}/volumes/${volumeId}/action`;
    // A rule names the type by which Cinder goes itself, and only Cinder knows that.
    const rules = url.apply((action) =>
      endpoint.types.map((service) => ({ service, method: "POST", path: new URL(action).pathname })),
    );
    const description = `${prefix}: what its keeper makes the database's volume larger with`;
    const made = credential(`${name}-${config.role}`, description, config, rules, { parent: this });
    this.growth = pulumi.secret(
      pulumi.all([url, made]).apply(([url, credential]) => ({ to: config.to, url, credential })),
    );
    this.registerOutputs({ growth: this.growth });
  }
}
