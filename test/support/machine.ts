/** Throw-away machines: roots of Debian in namespaces of their own, booted with real user data by the real cloud-init. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { accountsMetadata } from "./role-args";
import type { MachineRole } from "./roots";
import { servedUserData, type Way } from "./user-data";
import type { Volume } from "./volume";
import { spaceOf } from "./wire";

const BOOT_SECONDS = 240;

export interface MachineArgs {
  readonly name: string;
  /** What it boots from: a role's golden image, or Debian as it is, with a mirror. */
  readonly root: MachineRole | "bare";
  /** The folder that `buildRoots` made. */
  readonly roots: string;
  readonly userData: string;
  /** What hands the user data to Nova; default: the provider. */
  readonly through?: Way;
  readonly volume?: Volume;
  /** What Nova would tell it; default: who may use the database, for a machine of that name. */
  readonly metadata?: Readonly<Record<string, string>>;
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
    const { name, root, userData, through, volume, files = {}, roots } = this.args;
    const { metadata = name === "database" ? accountsMetadata() : {} } = this.args;
    const seed = path.join(this.folder, "seed");
    await mkdir(path.join(seed, "files"), { recursive: true });
    await writeFile(path.join(seed, "user-data"), servedUserData(userData, through), { mode: 0o600 });
    await writeFile(
      path.join(seed, "meta-data"),
      JSON.stringify({ "instance-id": name, "local-hostname": name, meta: metadata }),
    );
    for (const [there, here] of Object.entries(files))
      await cp(here, path.join(seed, "files", there), { recursive: true });
    const log = openSync(path.join(this.folder, "machine.log"), "a");
    const namespaces = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"];
    const machine = [path.join(ROOT, "test/roles/machine.sh"), roots, root, this.folder, seed];
    this.process = spawn(
      "ip",
      ["netns", "exec", spaceOf(name), ...namespaces, ...machine, ...(volume ? [volume.device, volume.id] : [])],
      { stdio: ["ignore", log, log] },
    );
    const deadline = Date.now() + BOOT_SECONDS * 1000;
    while (!(await this.isThere("/run/booted"))) {
      if (Date.now() > deadline || this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`${name} did not boot; ${await this.last()}`);
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

  /** For people: how a machine that does not boot is, what runs on it, and what it said. */
  private async last(): Promise<string> {
    const { exitCode, signalCode } = this.process ?? {};
    const ended = exitCode ?? signalCode;
    const state = ended === null ? `not within ${BOOT_SECONDS} s` : `it ended with ${ended}`;
    const processes = `for one in /proc/[0-9]*; do echo "\${one#/proc/} $(tr '\\0' ' ' <"$one/cmdline")"; done`;
    const inside = await this.exec(`${processes}; tail -n 20 /var/log/boot.log /var/log/ecommerce.log`).catch(
      (error: Error) => error.message,
    );
    return [state, await readFile(path.join(this.folder, "machine.log"), "utf8"), inside].join("\n");
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
