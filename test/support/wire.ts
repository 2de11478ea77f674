/** The network between throw-away machines, and what stands on it beside them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../../toolchain/paths";
import { type Finished, run } from "../../toolchain/run";

export const NETWORK = "ecommerce-net";
const GATEWAY = "10.20.255.254";
export const METADATA = { ipv4: "169.254.169.254", ipv6: "fe80::a9fe:a9fe" };
/** From where a balancer in the web subnet would speak. */
const BALANCER = "10.20.0.10";
/** The same address, as the balancer's own clients have it. */
export const CLIENT = BALANCER;

/** One wire between the machines, with the metadata address at its end. */
export class Wire {
  private readonly children: ChildProcess[] = [];
  private readonly servers = new Map<string, ChildProcess>();
  private readonly spaces: string[] = [];

  static async create(): Promise<Wire> {
    const wire = new Wire();
    await wire.space(NETWORK);
    await ip("-n", NETWORK, "link", "add", "wire", "type", "bridge");
    await ip("-n", NETWORK, "address", "add", `${GATEWAY}/16`, "dev", "wire");
    for (const address of [`${METADATA.ipv4}/32`, `${BALANCER}/32`, `${METADATA.ipv6}/64`])
      await ip("-n", NETWORK, "address", "add", address, "dev", "wire", "nodad");
    await ip("-n", NETWORK, "link", "set", "wire", "up");
    return wire;
  }

  /** A network namespace, removed first when an earlier run was cut off. */
  async space(name: string): Promise<void> {
    await run("ip", ["netns", "delete", name], { reject: false });
    await ip("netns", "add", name);
    await ip("-n", name, "link", "set", "lo", "up");
    this.spaces.push(name);
  }

  /** Plugs a namespace in, under these addresses; the first is the one it speaks from. */
  async plug(name: string, addresses: readonly string[]): Promise<void> {
    await this.space(name);
    const port = name.replace("ecommerce-", "p-").slice(0, 15);
    await ip("link", "add", "eth0", "netns", name, "type", "veth", "peer", "name", port, "netns", NETWORK);
    await ip("-n", NETWORK, "link", "set", port, "master", "wire", "up");
    for (const address of addresses) await ip("-n", name, "address", "add", `${address}/16`, "dev", "eth0");
    await ip("-n", name, "link", "set", "eth0", "up");
    await ip("-n", name, "route", "add", "default", "via", GATEWAY);
  }

  /** Plugs a namespace in once more, without an address: that is for the machine to take. */
  async plugAgain(name: string, device: string, macAddress: string): Promise<void> {
    const port = `${name.replace("ecommerce-", "q-")}`.slice(0, 15);
    const peer = ["type", "veth", "peer", "name", port, "netns", NETWORK];
    await ip("link", "add", device, "address", macAddress, "netns", name, ...peer);
    await ip("-n", NETWORK, "link", "set", port, "master", "wire", "up");
  }

  /** Takes a namespace off the wire, so that nothing it says is heard, or puts it back. */
  async cut(name: string, isCut: boolean): Promise<void> {
    const port = name.replace("ecommerce-", "p-").slice(0, 15);
    await ip("-n", NETWORK, "link", "set", port, isCut ? "down" : "up");
  }

  /** Runs curl from the web balancer's place. @returns body, or its status with `--write-out` */
  async curl(...args: string[]): Promise<string> {
    const curl = ["curl", "-s", "--max-time", "20", "--interface", BALANCER, ...args];
    const { stdout } = await run("ip", ["netns", "exec", NETWORK, ...curl]);
    return stdout;
  }

  /** Runs a shell command of this host from a place on the wire. */
  async inside(space: string, command: string): Promise<Finished> {
    return run("ip", ["netns", "exec", space, "sh", "-c", command]);
  }

  /** Answers HTTP at the metadata address, as Nova would. @param folder of what it answers; default: nothing of Nova's */
  serveMetadata(folder = tmpdir()): void {
    for (const address of [METADATA.ipv4, `${METADATA.ipv6}%wire`]) {
      const python = ["python3", "-m", "http.server", "80", "--directory", folder, "--bind", address];
      const server = ["netns", "exec", NETWORK, ...python];
      this.children.push(spawn("ip", server, { stdio: "ignore" }));
    }
  }

  /** Runs a server of `test/roles/` at a place on the wire. */
  serve(space: string, file: string, ...args: string[]): void {
    const command = ["netns", "exec", space, "python3", path.join(ROOT, "test/roles", file), ...args];
    this.servers.set(space, spawn("ip", command, { stdio: "ignore" }));
  }

  /** Ends it, and waits until its port is free again. */
  async stop(space: string): Promise<void> {
    const server = this.servers.get(space);
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  }

  /**
   * Asks for a page ten times a second, each time by a new connection and with a second's patience.
   * @returns how many requests there were and failed, and the longest time in seconds without an answer
   */
  async load(url: string, seconds: number): Promise<{ requests: number; failed: number; longest: number }> {
    const until = Date.now() + seconds * 1000;
    const asked: Promise<{ readonly at: number; readonly ok: boolean }>[] = [];
    const ask = async (at: number) => {
      const args = ["-k", "--max-time", "1", "-o", "/dev/null", "-w", "%{http_code}", url];
      const code = await this.curl(...args).catch(() => "000");
      return { at, ok: code === "200" };
    };
    while (Date.now() < until) {
      asked.push(ask(Date.now()));
      await sleep(100);
    }
    const answers = await Promise.all(asked);
    const good = answers.filter(({ ok }) => ok).map(({ at }) => at);
    const gaps = good.map((at, index) => at - (good[index - 1] ?? answers[0]?.at ?? at));
    const last = (answers.at(-1)?.at ?? 0) - (good.at(-1) ?? answers[0]?.at ?? 0);
    return {
      requests: answers.length,
      failed: answers.length - good.length,
      longest: Math.max(0, last, ...gaps) / 1000,
    };
  }

  async remove(): Promise<void> {
    for (const child of [...this.children, ...this.servers.values()]) child.kill("SIGKILL");
    for (const name of this.spaces) await run("ip", ["netns", "delete", name], { reject: false });
  }
}

async function ip(...args: string[]): Promise<void> {
  await run("ip", args);
}
