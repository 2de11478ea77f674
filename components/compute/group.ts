/** What a tier's group of servers is given and gives, whether it is static or elastic. */
import type * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import type { Tier } from "../config/schema";
import type { ServerArgs } from "./server";

/** The pool that the group's servers are members of. */
export interface GroupPool {
  readonly pool: openstack.loadbalancer.Pool;
  /** What must stand before the first member. */
  readonly ready: pulumi.Resource;
  /** TCP port that the servers answer on. */
  readonly port: number;
}

export interface GroupArgs
  extends Pick<ServerArgs, "naming" | "imageId" | "network" | "securityGroupId" | "keyPair" | "bootAfter"> {
  readonly tier: Exclude<Tier, "db">;
  /** Availability zones; none: the cloud chooses. */
  readonly zones: readonly string[];
  /** User data of one server, from its host name; without one, for servers that Heat names. */
  readonly userData: (hostname?: string) => pulumi.Input<string>;
  readonly balancing: GroupPool;
}

export interface Group {
  /** Of an elastic group: as of the last `up` or refresh. */
  readonly serverIds: pulumi.Output<string[]>;
}
