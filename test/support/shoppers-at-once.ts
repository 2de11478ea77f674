/** Many shoppers at once, until they are told to leave: true load, each asking again as soon as it is answered. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export class ShoppersAtOnce {
  private constructor(private readonly wrk: ChildProcess) {}

  /**
   * @param count connections
   * @param cookie default: none, so that shared pages are answered by web servers alone
   */
  static come(url: string, count: number, cookie?: string): ShoppersAtOnce {
    const options = ["-t", "1", "-c", `${count}`, "-d", "1h", "--timeout", "30s"];
    const header = cookie ? ["-H", `Cookie: ${cookie}`] : [];
    return new ShoppersAtOnce(spawn("wrk", [...options, ...header, url], { stdio: "ignore" }));
  }

  async leave(): Promise<void> {
    if (this.wrk.exitCode !== null || this.wrk.signalCode !== null) return;
    const ended = once(this.wrk, "exit");
    this.wrk.kill();
    await ended;
  }
}
