/** The Node.js processes that the host started, so that none outlives it. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

const children = new Set<ChildProcess>();

/** Starts node with arguments. */
export function node(args: readonly string[], options: SpawnOptions): ChildProcess {
  return track(spawn(process.execPath, args, options));
}

export function track(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Asks every process that still runs to end. */
export function endChildren(signal: NodeJS.Signals = "SIGTERM"): void {
  for (const child of children) child.kill(signal);
}

/** Exit code of a process; a signal counts as 1. */
export function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/**
 * Path of a module of the SDK that a program has installed.
 * @throws Error saying what to install where
 */
export function sdkModule(name: string, directory: string): string {
  try {
    return createRequire(path.join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${name}`);
  } catch {
    throw new Error(`${directory} has no @pulumi/pulumi: run npm install there, then try again`);
  }
}

const ENGINE_CHECK_MS = 1000;

/**
 * Ends the host and all it started when the engine that started it is gone. A program whose engine was killed may go on for
 * ever, telling nobody why it cannot, and needs all the memory that there is.
 */
export function endWithEngine(): void {
  const engine = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === engine) return;
    endChildren("SIGKILL");
    process.exit(1);
  }, ENGINE_CHECK_MS);
  check.unref();
}

process.once("exit", () => endChildren());
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    endChildren();
    process.exit(0);
  });
}
