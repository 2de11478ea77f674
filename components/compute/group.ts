/** What a tier's group of servers is given and gives, whether it is static or elastic. */
import type * as pulumi from "@pulumi/pulumi";
import type { MemberPool } from "../balancing/load-balancer";
import type { Tier } from "../config/schema";
import type { ServerArgs } from "./server";

/** Where the group's servers are members. */
export interface GroupBalancing {
  /** The first is the one that tells dead servers. */
  readonly pools: readonly MemberPool[];
  /** What must stand before the first member. */
  readonly ready: pulumi.Resource;
}

export interface GroupArgs
  extends Pick<ServerArgs, "naming" | "imageId" | "network" | "securityGroupId" | "keyPair" | "bootAfter"> {
  readonly tier: Exclude<Tier, "db">;
  /** Availability zones; none: the cloud chooses. */
  readonly zones: readonly string[];
  /** User data of one server, from its host name; without one, for servers that Heat names. */
  readonly userData: (hostname?: string) => pulumi.Input<string>;
  readonly balancing: GroupBalancing;
}

export interface Group {
  /** Of an elastic group: as of the last `up` or refresh. */
  readonly serverIds: pulumi.Output<string[]>;
}
