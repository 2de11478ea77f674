/** What a tier's group of servers is given and gives, whether it is static or elastic. */
import type * as pulumi from "@pulumi/pulumi";
import type { Balancer } from "../balancing/balancer";
import type { ServerArgs } from "../compute/server";
import type { Tier } from "../config/schema";
import type { Handover } from "../readiness/handover";

export interface GroupArgs
  extends Pick<ServerArgs, "naming" | "imageId" | "network" | "securityGroupId" | "keyPair" | "bootAfter"> {
  readonly tier: Exclude<Tier, "db">;
  /** Availability zones; none: the cloud chooses. */
  readonly zones: readonly string[];
  /** User data of one server, from its host name; without one, for servers that Heat names. */
  readonly userData: (hostname?: string) => pulumi.Input<string>;
  /** Where the servers are members; of several pools, the first is the one that tells dead servers. */
  readonly balancer: Pick<Balancer, "pools" | "ready">;
  /** Where servers of the group stand already: what new ones wait for. */
  readonly handover: Handover | undefined;
}

export interface Group {
  /** When it is there, so are the servers, as members of the pools. */
  readonly ready: pulumi.Resource;
  /** Resolves when new servers have taken over from the existing ones. */
  readonly settled: pulumi.Output<void>;
  /** For an elastic group, the servers of the last `up` or refresh. */
  readonly serverIds: pulumi.Output<string[]>;
}
