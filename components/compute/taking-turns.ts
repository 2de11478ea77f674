/** What two servers have in common of which one answers at the address that both share. */
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { keptApart } from "./kept-apart";

export interface TakingTurns {
  /** Secret, by which keepalived on one of them knows the other. */
  readonly password: pulumi.Output<string>;
  /** Nova has them on two hosts, where it can. */
  readonly serverGroupId: pulumi.Output<string>;
}

/** @param name of the resources @param groupName of Nova's server group */
export function takingTurns(name: string, groupName: string, parent: pulumi.Resource): TakingTurns {
  const { result: password } = new random.RandomPassword(`${name}-vrrp`, { length: 24, special: false }, { parent });
  return { password, serverGroupId: keptApart(name, groupName, parent).id };
}
