/** A tier's servers and pool members, as Nova and Octavia show them. */
import assert from "node:assert/strict";
import type { CloudApi } from "./cloud-api";

export interface PoolMember {
  readonly id: string;
  readonly address: string;
}

export class TierInCloud {
  /** @param name prefix of the servers' names, and the pool's name */
  constructor(
    private readonly cloud: CloudApi,
    readonly name: string,
  ) {}

  async servers() {
    return (await this.cloud.list("servers")).filter(({ name }) => String(name).startsWith(`${this.name}-`));
  }

  async active(): Promise<number> {
    return (await this.servers()).filter(({ status }) => status === "ACTIVE").length;
  }

  async members(): Promise<PoolMember[]> {
    const pool = (await this.cloud.list("pools")).find(({ name }) => name === this.name);
    const { members } = await this.cloud.call("load-balancer", `/v2/lbaas/pools/${pool?.id}/members`);
    assert.ok(Array.isArray(members));
    return members.map(({ id, address }) => ({ id: String(id), address: String(address) }));
  }

  /** Servers that are ACTIVE, and members of the pool. */
  async size(): Promise<[number, number]> {
    return [await this.active(), (await this.members()).length];
  }
}

/** For `eventually`: the tier has so many servers, all in the pool. */
export const are = (count: number) => (seen: readonly number[]) => seen.every((one) => one === count);
