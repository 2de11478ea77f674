/** A tier's servers and pool members, as Nova and Octavia show them. */
import assert from "node:assert/strict";
import type { CloudApi } from "./cloud-api";

export interface PoolMember {
  readonly id: string;
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly since: number;
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
    return members.map(({ id, address, created_at: since }) => ({
      id: String(id),
      address: String(address),
      since: Date.parse(`${since}Z`),
    }));
  }

  /** Seconds from each server's start to its place in the pool; that of the newest server first. */
  async secondsToJoin(): Promise<number[]> {
    const members = await this.members();
    const servers = (await this.servers()).map((server) => ({
      text: JSON.stringify(server.addresses),
      launched: Date.parse(`${server["OS-SRV-USG:launched_at"]}Z`),
    }));
    return servers
      .sort((a, b) => b.launched - a.launched)
      .map(({ text, launched }) => {
        const member = members.find(({ address }) => text.includes(`"${address}"`));
        assert.ok(member, `no member for ${text}`);
        return (member.since - launched) / 1000;
      });
  }

  /** Servers that are ACTIVE, and members of the pool. */
  async size(): Promise<[number, number]> {
    return [await this.active(), (await this.members()).length];
  }
}

/** For `eventually`: the tier has so many servers, all in the pool. */
export const are = (count: number) => (seen: readonly number[]) => seen.every((one) => one === count);
