/** What a group of servers is given and gives, whether it is static or elastic. */
import type * as pulumi from "@pulumi/pulumi";
import type { Balancer } from "../balancing/balancer";
import type { ServerArgs, ServerPlace } from "../compute/server";
import type { Handover } from "../readiness/handover";

export interface GroupArgs extends Pick<ServerArgs, ServerPlace | "role"> {
  /** The group's name. */
  readonly tier: string;
  /** Availability zones; none: the cloud chooses. */
  readonly zones?: readonly string[];
  /** Where the servers are members; of several pools, the first is the one that tells dead servers. None: nowhere. */
  readonly balancer?: Pick<Balancer, "pools" | "ready"> | undefined;
  /** Where servers of the group exist already: what new ones wait for. */
  readonly handover?: Handover | undefined;
}

export interface Group {
  /** When it is there, so are the servers, as members of the pools. */
  readonly ready: pulumi.Resource;
  /** Resolves when new servers have taken over from the existing ones. */
  readonly settled: pulumi.Output<void>;
  /** For an elastic group, the servers of the last `up` or refresh. */
  readonly serverIds: pulumi.Output<string[]>;
}
