/**
 * Samples of servers' CPU, written to Gnocchi as Ceilometer's agent on a hypervisor would write them: cumulative
 * nanoseconds of processor time, one sample an interval, from each server's own start.
 */
import type { CloudApi } from "./cloud-api";

const INTERVAL_SECONDS = 5;
const POLICY = "lab-seconds";
const NANOSECONDS = 1e9;

interface Sampled {
  cpu: number;
}

export class Telemetry {
  private readonly servers = new Map<string, Sampled>();
  private readonly load = new Map<string, number>();
  private readonly own = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private last: Promise<void> = Promise.resolve();
  private failure: unknown;

  /** @param admin who may write everybody's samples @param vcpus of the servers */
  constructor(
    private readonly admin: CloudApi,
    private readonly vcpus: number,
  ) {}

  /** From now on servers whose metadata say this group are as busy as this, in percent of all their processors. */
  set(serverGroup: string, percent: number): void {
    this.load.set(serverGroup, percent);
    this.timer ??= setInterval(() => {
      this.last = this.last
        .then(() => this.sample())
        .catch((error: unknown) => {
          this.failure ??= error;
        });
    }, INTERVAL_SECONDS * 1000);
  }

  /** One server that is as busy as this, whatever its group is. */
  only(server: string, percent: number): void {
    this.own.set(server, percent);
  }

  /** Whether samples of this server were ever written. */
  has(server: string): boolean {
    return this.servers.has(server);
  }

  /** @throws what went wrong while it ran */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.last;
    if (this.failure) throw this.failure;
  }

  private async sample(): Promise<void> {
    const alive = new Set(
      (await this.admin.rowsOf("compute", "/servers?all_tenants=1", "servers")).map(({ id }) => id),
    );
    const now = Math.floor(Date.now() / 1000 / INTERVAL_SECONDS) * INTERVAL_SECONDS;
    const measures: Record<string, unknown> = {};
    for (const [group, percent] of this.load) {
      const query = { "=": { server_group: group } };
      for (const { id } of await this.admin.rows("metric", "/v1/search/resource/instance", "POST", query)) {
        if (!alive.has(id)) continue;
        const server = this.servers.get(String(id)) ?? { cpu: this.age() };
        server.cpu += ((this.own.get(String(id)) ?? percent) / 100) * this.vcpus * INTERVAL_SECONDS * NANOSECONDS;
        this.servers.set(String(id), server);
        const samples = [{ timestamp: new Date(now * 1000).toISOString(), value: server.cpu }];
        measures[String(id)] = { cpu: { archive_policy_name: POLICY, unit: "ns", measures: samples } };
      }
    }
    const path = "/v1/batch/resources/metrics/measures?create_metrics=true";
    if (Object.keys(measures).length > 0) await this.admin.call("metric", path, "POST", measures);
  }

  /** The first servers have been there for a day, later ones are new: averages of their counters jump. */
  private age(): number {
    return this.servers.size < 2 ? 24 * 3600 * NANOSECONDS : 0;
  }
}
