/** The network between throw-away machines, and what stands on it beside them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../../toolchain/paths";
import { type Finished, run } from "../../toolchain/run";

/**
 * Network namespace of a place on the wire. Its name has this process's id, so that files of tests that run beside each other, which
 * all have a `database`, have wires of their own.
 */
export const spaceOf = (place: string): string => `ecommerce-${process.pid}-${place}`;
const SPACES = "/run/netns";
/** Where the wire itself is. */
export const NETWORK = spaceOf("net");
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
    await removeLeftovers();
    await wire.space(NETWORK);
    await ip("-n", NETWORK, "link", "add", "wire", "type", "bridge");
    await ip("-n", NETWORK, "address", "add", `${GATEWAY}/16`, "dev", "wire");
    for (const address of [`${METADATA.ipv4}/32`, `${BALANCER}/32`, `${METADATA.ipv6}/64`])
      await ip("-n", NETWORK, "address", "add", address, "dev", "wire", "nodad");
    await ip("-n", NETWORK, "link", "set", "wire", "up");
    return wire;
  }

  private async space(name: string): Promise<void> {
    await ip("netns", "add", name);
    await ip("-n", name, "link", "set", "lo", "up");
    this.spaces.push(name);
  }

  /** Plugs a place in, under these addresses; the first is the one it speaks from. @param place such as the name of a machine */
  async plug(place: string, addresses: readonly string[]): Promise<void> {
    const [name, port] = [spaceOf(place), portOf(place)];
    await this.space(name);
    await ip("link", "add", "eth0", "netns", name, "type", "veth", "peer", "name", port, "netns", NETWORK);
    await ip("-n", NETWORK, "link", "set", port, "master", "wire", "up");
    for (const address of addresses) await ip("-n", name, "address", "add", `${address}/16`, "dev", "eth0");
    await ip("-n", name, "link", "set", "eth0", "up");
    await ip("-n", name, "route", "add", "default", "via", GATEWAY);
  }

  /** Plugs a place in once more, without an address: that is for the machine to take. */
  async plugAgain(place: string, device: string, macAddress: string): Promise<void> {
    const port = portOf(place, "q");
    const peer = ["type", "veth", "peer", "name", port, "netns", NETWORK];
    await ip("link", "add", device, "address", macAddress, "netns", spaceOf(place), ...peer);
    await ip("-n", NETWORK, "link", "set", port, "master", "wire", "up");
  }

  /** Takes a place off the wire, so that nothing it says is heard, or puts it back. */
  async cut(place: string, isCut: boolean): Promise<void> {
    await ip("-n", NETWORK, "link", "set", portOf(place), isCut ? "down" : "up");
  }

  /** Runs curl from the web balancer's place. @returns body, or its status with `--write-out` */
  async curl(...args: string[]): Promise<string> {
    const curl = ["curl", "-s", "--max-time", "20", "--interface", BALANCER, ...args];
    const { stdout } = await run("ip", ["netns", "exec", NETWORK, ...curl]);
    return stdout;
  }

  /** Runs a shell command of this host from a place on the wire. */
  async inside(place: string, command: string): Promise<Finished> {
    return run("ip", ["netns", "exec", spaceOf(place), "sh", "-c", command]);
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
  serve(place: string, file: string, ...args: string[]): void {
    const command = ["netns", "exec", spaceOf(place), "python3", path.join(ROOT, "test/roles", file), ...args];
    this.servers.set(place, spawn("ip", command, { stdio: "ignore" }));
  }

  /** Ends it, and waits until its port is free again. */
  async stop(place: string): Promise<void> {
    const server = this.servers.get(place);
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

/** The wire's end of a place's cable; the kernel takes fifteen characters. */
function portOf(place: string, first = "p"): string {
  return `${first}-${place}`.slice(0, 15);
}

/** Namespaces of a process that was cut off. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(SPACES).catch(() => [])) {
    const [, pid] = /^ecommerce-(\d+)-/.exec(name) ?? [];
    const isOfNobody = pid === String(process.pid) || (pid !== undefined && !existsSync(`/proc/${pid}`));
    if (isOfNobody) await run("ip", ["netns", "delete", name], { reject: false });
  }
}

async function ip(...args: string[]): Promise<void> {
  await run("ip", args);
}
