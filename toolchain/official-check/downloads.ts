/** Pulumi's own downloads: the engine with its language hosts, and the plugins that the program's packages name. */
import { ENGINE_VERSION } from "../parts";
import { packageVersion } from "../paths";
import { run } from "../run";
import type { Way } from "./ways";

const PLUGINS = ["openstack", "random"] as const;
const PATIENCE_MS = 10_000;

/** @throws Error in one line: what cannot be had, and why */
export async function requireReachable(address: string): Promise<void> {
  const why = await fetch(address, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    ({ ok, status }) => (ok ? undefined : `HTTP ${status}`),
    (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message) || String(error),
  );
  if (why) throw new Error(`Pulumi's downloads cannot be had from here: ${address}: ${why}`);
}

/** Installs them as the engine would. @throws Error in one line: what was not installed, and why */
export async function install({ env }: Way): Promise<void> {
  const installed = await pulumi(env, "the engine", ["version"]);
  if (installed !== `v${ENGINE_VERSION}`) {
    throw new Error(`the engine says it is ${installed}, but package-lock.json has the CLI v${ENGINE_VERSION}`);
  }
  for (const name of PLUGINS) {
    const version = packageVersion(`@pulumi/${name}`);
    await pulumi(env, `the plugin ${name}`, ["plugin", "install", "resource", name, version, "--non-interactive"]);
  }
}

async function pulumi(env: Way["env"], what: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run("pulumi", args, { env, reject: false });
  if (exitCode !== 0) {
    const last = stderr.trim().split("\n").at(-1) ?? "";
    throw new Error(`${what} was not installed: ${last || `pulumi ended with ${exitCode}`}`);
  }
  return stdout.trim();
}
