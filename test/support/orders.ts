/** Guests who order one after the other, at an app server of the stand-in shop. */
import type { Wire } from "./wire";

export class Orders {
  /** Numbers of the orders that were confirmed. */
  readonly confirmed: number[] = [];
  /** How often each status was answered; 000: none. */
  readonly statuses: Record<string, number> = {};
  /** Seconds from the first answer that was no confirmation to the last one. */
  closed = 0;
  private goesOn = true;
  private readonly running: Promise<unknown>;

  constructor(
    private readonly wire: Wire,
    hosts: readonly string[],
  ) {
    this.running = Promise.all(hosts.map((host) => this.orderAt(host)));
  }

  async stop(): Promise<void> {
    this.goesOn = false;
    await this.running;
  }

  private async orderAt(host: string): Promise<void> {
    let since = 0;
    while (this.goesOn) {
      const began = Date.now();
      const answer = await this.wire
        .curl("-d", "email=a@example.com", "-w", "\n%{http_code}", `http://${host}/index.php?route=checkout/confirm`)
        .catch(() => "\n000");
      const status = answer.slice(answer.lastIndexOf("\n") + 1);
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      const [, number] = /order (\d+), total/.exec(answer) ?? [];
      if (status === "200" && number) {
        this.confirmed.push(Number(number));
        continue;
      }
      since ||= began;
      this.closed = Math.max(this.closed, (Date.now() - since) / 1000);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
