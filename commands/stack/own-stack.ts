/** A stack of the checkout, on the user's own backend, for the commands beside plain pulumi. */
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { ensureToolchain } from "../../toolchain/ensure";
import { ROOT } from "../../toolchain/paths";

export type Env = Readonly<Record<string, string>>;

/** @returns the environment of pulumi, which this process has from now on: the Automation API looks for pulumi there */
export async function ownEnvironment(): Promise<Env> {
  const env = await ensureToolchain();
  Object.assign(process.env, env);
  return env;
}

/** @throws Error in one line when there is no such stack, or its backend cannot be reached */
export async function ownStack(stackName: string, env: Env): Promise<Stack> {
  return LocalWorkspace.selectStack({ stackName, workDir: ROOT }, { envVars: { ...env } }).catch((cause: unknown) => {
    throw new Error(`cannot open stack ${stackName}: ${reasonIn(cause)}`);
  });
}

/** Of a page about the command that failed, what the engine said. */
export function reasonIn(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return /error: (.*)/.exec(text)?.[1] ?? text.split("\n")[0] ?? text;
}
