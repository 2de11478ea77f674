/** Throw-away machines: roots of Debian in namespaces of their own, booted with real user data by the real cloud-init. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CACHE, ROOT } from "../../toolchain/paths";
import { type Finished, run } from "../../toolchain/run";
import { servedUserData } from "./user-data";

/** Roles of the store, and of the stacks that live on it. */
export type StoreRole = "web" | "services" | "database" | "balancer";
export type MachineRole = StoreRole | "keeper" | "operations" | "bastion" | SeedRole;
/** Tiers of the set-up that this project began with: `test/bench/`. */
export type SeedRole = "seedweb" | "seedapp";

const HERE = path.join(ROOT, "test/roles");
export const NETWORK = "ecommerce-net";
const GATEWAY = "10.20.255.254";
export const METADATA = { ipv4: "169.254.169.254", ipv6: "fe80::a9fe:a9fe" };
/** From where a balancer in the web subnet would speak. */
const BALANCER = "10.20.0.10";
/** The same address, as the balancer's own clients have it. */
export const CLIENT = BALANCER;

const BOOT_SECONDS = 240;

/** Whether this host lets us have roots, networks and volumes of our own; says what it refuses. */
export async function machinesWork(): Promise<boolean> {
  const needs = {
    "overlay mounts":
      'unshare --mount sh -ec "mount -t tmpfs t /mnt; cd /mnt; mkdir a b c d; mount -t overlay o -o lowerdir=a,upperdir=b,workdir=c d"',
    "network namespaces": "unshare --net true",
    "loop devices": "losetup --find",
  };
  for (const [what, command] of Object.entries(needs)) {
    const { exitCode, stderr } = await run("sh", ["-c", command], { reject: false });
    if (exitCode === 0) continue;
    process.stdout.write(`      skipped, since there are no ${what} for us here: ${stderr}\n`);
    return false;
  }
  return true;
}

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

  /** Answers HTTP at the metadata address, as Nova would. */
  serveMetadata(): void {
    for (const address of [METADATA.ipv4, `${METADATA.ipv6}%wire`]) {
      const server = ["netns", "exec", NETWORK, "python3", "-m", "http.server", "80", "--bind", address];
      this.children.push(spawn("ip", server, { stdio: "ignore" }));
    }
  }

  /** Runs a server of `test/roles/` at a place on the wire. */
  serve(space: string, file: string, ...args: string[]): void {
    const command = ["netns", "exec", space, "python3", path.join(HERE, file), ...args];
    this.servers.set(space, spawn("ip", command, { stdio: "ignore" }));
  }

  stop(space: string): void {
    this.servers.get(space)?.kill("SIGKILL");
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

/** A volume: a sparse file behind a loop device. */
export class Volume {
  private constructor(
    readonly file: string,
    readonly device: string,
    readonly id: string,
  ) {}

  static async create(folder: string, id: string, megabytes: number): Promise<Volume> {
    const file = path.join(folder, id);
    await run("truncate", ["-s", `${megabytes}M`, file]);
    const { stdout } = await run("losetup", ["--find", "--show", file]);
    return new Volume(file, stdout.trim(), id);
  }

  async grow(megabytes: number): Promise<void> {
    await run("truncate", ["-s", `${megabytes}M`, this.file]);
    await run("losetup", ["-c", this.device]);
  }

  async remove(): Promise<void> {
    await run("losetup", ["--detach", this.device], { reject: false });
  }
}

export interface MachineArgs {
  readonly name: string;
  /** What it boots from: a role's golden image, or Debian as it is, with a mirror. */
  readonly root: MachineRole | "bare";
  /** The folder that `buildRoots` made. */
  readonly roots: string;
  readonly userData: string;
  readonly volume?: Volume;
  /** Files to lie on the machine before it boots: path on the machine → file here. */
  readonly files?: Readonly<Record<string, string>>;
}

export class Machine {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly args: MachineArgs,
  ) {}

  get name(): string {
    return this.args.name;
  }

  static async create(args: MachineArgs): Promise<Machine> {
    return new Machine(await mkdtemp(path.join(tmpdir(), `machine-${args.name}-`)), args);
  }

  /** @returns the report that the role leaves, once cloud-init has ended */
  async boot(): Promise<{ status: string; step: string; seconds: number }> {
    const { name, root, userData, volume, files = {}, roots } = this.args;
    const seed = path.join(this.folder, "seed");
    await mkdir(path.join(seed, "files"), { recursive: true });
    await writeFile(path.join(seed, "user-data"), servedUserData(userData), { mode: 0o600 });
    await writeFile(path.join(seed, "meta-data"), `instance-id: ${name}\nlocal-hostname: ${name}\n`);
    for (const [there, here] of Object.entries(files))
      await cp(here, path.join(seed, "files", there), { recursive: true });
    const log = openSync(path.join(this.folder, "machine.log"), "a");
    const namespaces = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"];
    const machine = [path.join(HERE, "machine.sh"), roots, root, this.folder, seed];
    this.process = spawn(
      "ip",
      ["netns", "exec", `ecommerce-${name}`, ...namespaces, ...machine, ...(volume ? [volume.device, volume.id] : [])],
      { stdio: ["ignore", log, log] },
    );
    const deadline = Date.now() + BOOT_SECONDS * 1000;
    while (!(await this.isThere("/run/booted"))) {
      if (Date.now() > deadline || this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`${name} did not boot; ${await readFile(path.join(this.folder, "machine.log"), "utf8")}`);
      }
      await sleep(300);
    }
    const code = (await this.read("/run/booted")).trim();
    if (code !== "0") throw new Error(`cloud-init ended with ${code}: ${await this.read("/var/log/boot.log")}`);
    const report = JSON.parse(await this.read("/var/lib/ecommerce/report.json"));
    if (report.phase === "image")
      throw new Error(`${name}'s role was not run: ${await this.read("/var/log/boot.log")}`);
    return report;
  }

  /** Runs a shell command on the machine. @throws unless it ends with 0 */
  async exec(command: string): Promise<string> {
    const { stdout } = await run("nsenter", [...(await this.target()), "bash", "-c", command]);
    return stdout;
  }

  async read(file: string): Promise<string> {
    return this.exec(`cat ${file}`);
  }

  async write(file: string, content: string): Promise<void> {
    await run("nsenter", [...(await this.target()), "tee", file], { input: content, stdout: "ignore" });
  }

  private async isThere(file: string): Promise<boolean> {
    const target = await this.target().catch(() => undefined);
    if (!target) return false;
    return (await run("nsenter", [...target, "test", "-e", file], { reject: false })).exitCode === 0;
  }

  /** The machine's first process is the only child of `unshare`, which `ip netns exec` has become. */
  private async target(): Promise<string[]> {
    const pid = this.process?.pid;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
    const first = children.trim().split(" ")[0];
    if (!first) throw new Error(`${this.args.name} is not running`);
    return ["--target", first, "--mount", "--pid", "--net", "--ipc", "--uts", "--root", "--wd"];
  }

  /** Like pulling the plug: everything on it ends at once. */
  async powerOff(): Promise<void> {
    const { process } = this;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const closed = new Promise((resolve) => process.once("close", resolve));
    process.kill("SIGKILL");
    await closed;
  }

  async remove(): Promise<void> {
    await this.powerOff();
    if (existsSync(this.folder)) await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * @param images build scripts of the golden images, by role
 * @param suite of Debian
 * @returns the folder of the roots, kept for the next run
 * @throws Error when they cannot be made
 */
export async function buildRoots(
  images: Partial<Readonly<Record<MachineRole, string>>>,
  suite: "bookworm" | "sid" = "bookworm",
): Promise<string> {
  const folder = path.join(CACHE, "roots", suite);
  const scripts = await mkdtemp(path.join(tmpdir(), "ecommerce-images-"));
  for (const [role, text] of Object.entries(images)) await writeFile(path.join(scripts, `${role}.sh`), text);
  await run(path.join(HERE, "build-roots.sh"), [folder, scripts, suite], { stdio: "inherit" });
  await rm(scripts, { recursive: true });
  return folder;
}

async function ip(...args: string[]): Promise<void> {
  await run("ip", args);
}
