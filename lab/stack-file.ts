/**
 * The stack files of the stores in the lab: what the checkout's say, what only the lab knows, and the salt that Pulumi writes
 * into them. They lie with the lab's state, and `.lab` in the checkout leads there, so that no file that git tracks changes.
 */
import { existsSync } from "node:fs";
import { lstat, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../toolchain/paths";

type Environment = Readonly<Record<string, string>>;

/** By it the engine reads another stack file than the one beside Pulumi.yaml. */
export const STACK_FILE_VARIABLE = "PULUMI_OPTION_CONFIG_FILE";
const LAST = "last-stack";
const LINK = ".lab";

/** Where `npm run up` has its stacks. @param env of the lab */
export const workspaceOf = (env: Environment) => path.join(env.LAB_HOME ?? "", "pulumi-workspace");

const fileOf = (env: Environment, stack: string) => path.join(workspaceOf(env), `Pulumi.${stack}.yaml`);

/** Leads from the checkout to the lab's stack files, and remembers whose is meant from now on. */
export async function showStackFiles(env: Environment, stack: string, checkout = ROOT): Promise<void> {
  await writeFile(path.join(workspaceOf(env), LAST), `${stack}\n`);
  const link = path.join(checkout, LINK);
  const there = await lstat(link).catch(() => undefined);
  if (there && !there.isSymbolicLink()) return;
  if (there) await rm(link);
  await symlink(workspaceOf(env), link);
}

/**
 * The environment, and in it the stack file that plain pulumi is to read.
 * @param stack default: that of the last `npm run up`
 * @throws Error when that stack was never brought up in this lab
 */
export async function withStackFile(env: Environment, stack?: string): Promise<Record<string, string>> {
  const last = await readFile(path.join(workspaceOf(env), LAST), "utf8").catch(() => "");
  const name = stack ?? last.trim();
  if (name && existsSync(fileOf(env, name))) return { ...env, [STACK_FILE_VARIABLE]: fileOf(env, name) };
  if (stack)
    throw new Error(
      `there is no stack ${stack} in the lab of profile ${env.LAB_PROFILE}; npm run up -- ${stack} makes it`,
    );
  return { ...env };
}
