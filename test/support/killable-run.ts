/** Plain pulumi in a process group of its own, so that the engine can be ended without a chance to tidy up. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Stack } from "@pulumi/pulumi/automation";

export type Ending = "done" | "failed" | "killed" | "late";

export interface Run {
  readonly ending: Ending;
  /** All that it printed. */
  readonly said: string;
  readonly seconds: number;
}

export class KillableRun {
  private ending: Ending | undefined;
  private said = "";

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (text) => {
        this.said += text;
      });
  }

  /** @param command `up` or `destroy` */
  static start(command: "up" | "destroy", stack: Stack, env: Readonly<Record<string, string>>): KillableRun {
    const options = ["--yes", "--skip-preview", "--non-interactive", "--suppress-progress", "--color", "never"];
    const child = spawn("pulumi", [command, ...options, "--stack", stack.name], {
      cwd: stack.workspace.workDir,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new KillableRun(child);
  }

  kill(): void {
    this.end("killed");
  }

  /** @param patience seconds after which it is killed, and late */
  async wait(patience: number): Promise<Run> {
    const begun = Date.now();
    const timer = setTimeout(() => this.end("late"), patience * 1000);
    const [code] = await once(this.child, "close");
    clearTimeout(timer);
    const ending = this.ending ?? (code === 0 ? "done" : "failed");
    return { ending, said: this.said, seconds: (Date.now() - begun) / 1000 };
  }

  private end(ending: Ending): void {
    const { pid, exitCode } = this.child;
    if (pid === undefined || exitCode !== null || this.ending) return;
    this.ending = ending;
    process.kill(-pid, "SIGKILL");
  }
}
