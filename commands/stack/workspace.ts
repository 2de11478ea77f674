/**
 * A Pulumi workspace beside the checkout: the same program, project and stack, but with a stack file of its own, so
 * that the encryption salt of a throw-away stack never lands in a file that git tracks.
 */
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { COPY_KEY, copyOf } from "../../components/config/copied";
import { ROOT } from "../../toolchain/paths";

export interface WorkspaceOptions {
  readonly stack: string;
  /** Folder of the project in the checkout, e.g. `examples/bastion`; default: the store's own. */
  readonly project?: string;
  /** Folder to make the workspace in. */
  readonly folder: string;
  /** Environment of pulumi: toolchain, cloud, backend and passphrase. */
  readonly env: Readonly<Record<string, string>>;
  /** Stack file in the checkout to start from, e.g. `Pulumi.dev.yaml`; default: the stack's own. */
  readonly stackFile?: string;
  /** Config keys that replace those of the stack file, e.g. `{ "ecommerce:web": {...} }`; none: the file stays as it is. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Whether the workspace's stack file is for others too, by PULUMI_OPTION_CONFIG_FILE: it says then what it is a copy of. */
  readonly shared?: boolean;
}

interface StackFile {
  readonly encryptionsalt?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

const LINK = "program";

/** Creates the stack when it is not there yet. */
export async function openStack({
  stack,
  folder,
  env,
  stackFile,
  config,
  shared = false,
  project: place = ".",
}: WorkspaceOptions): Promise<Stack> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const project = parse(await readFile(path.join(ROOT, place, "Pulumi.yaml"), "utf8"));
  const main = path.join(LINK, place, project.main);
  await writeFile(path.join(folder, "Pulumi.yaml"), stringify({ ...project, main }));
  await link(path.join(folder, LINK), ROOT);

  const own = path.join(folder, `Pulumi.${stack}.yaml`);
  const template = path.join(ROOT, place, stackFile ?? `Pulumi.${stack}.yaml`);
  if (!existsSync(template)) throw new Error(`there is no ${path.basename(template)}: stacks are named dev and prod`);
  const text = await readFile(template, "utf8");
  const source: StackFile = parse(text);
  const before: StackFile = existsSync(own) ? parse(await readFile(own, "utf8")) : {};
  const { encryptionsalt } = source.encryptionsalt ? source : before;
  if (config || !existsSync(own)) {
    const keys = { ...source.config, ...config, ...(shared ? { [COPY_KEY]: copyOf(stack, template, text) } : {}) };
    await writeFile(own, stringify({ ...(encryptionsalt ? { encryptionsalt } : {}), config: keys }), { mode: 0o600 });
  }
  // This workspace has a stack file of its own, whatever the shell was told.
  delete process.env.PULUMI_OPTION_CONFIG_FILE;
  // The Automation API looks for pulumi, and pulumi for its engine, in this process's environment.
  Object.assign(process.env, env);
  await unlockAfterDeath(env.PULUMI_BACKEND_URL ?? "", project.name, stack);
  return LocalWorkspace.createOrSelectStack({ stackName: stack, workDir: folder }, { envVars: { ...env } });
}

async function link(place: string, target: string): Promise<void> {
  const there = await lstat(place).catch(() => undefined);
  if (there) await rm(place);
  await symlink(target, place);
}

/** A run that was killed leaves its lock behind in a file backend; one whose process is gone is taken away. */
async function unlockAfterDeath(backend: string, project: string, stack: string): Promise<void> {
  if (!backend.startsWith("file://")) return;
  const folder = path.join(fileURLToPath(backend), ".pulumi/locks/organization", project, stack);
  for (const name of await readdir(folder).catch(() => [])) {
    const file = path.join(folder, name);
    const { pid }: { pid?: number } = JSON.parse(await readFile(file, "utf8"));
    if (pid !== undefined && !isAlive(pid)) await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
