/** `npm run restore -- STACK --list | --at TIME [--into OTHER]`: in the checkout, on your own backend and cloud, or on the lab. */
import { parseArgs } from "node:util";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { cloudApi, publicEndpoint } from "../../components/cloud/api";
import { backupSpans, drillText, isReachable, lastDrill, spansText } from "../../components/cloud/backup-spans";
import { namesIn } from "../../components/cloud/restore-needs";
import { BACKUP_KEY, restoreSchema } from "../../components/config/backups-schema";
import { ensureToolchain } from "../../toolchain/ensure";
import { ROOT } from "../../toolchain/paths";
import { fail, say } from "../../toolchain/progress";
import { signIn } from "../stack/sign-in";
import { PROJECT } from "../stack/stack-file";
import { tellKeeper } from "./keeper-console";

const USAGE = "usage: npm run restore -- STACK --list | --at 2026-11-27T10:15:00Z [--into OTHER_STACK]";

async function main(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { list: { type: "boolean" }, at: { type: "string" }, into: { type: "string" } },
  });
  const [stackName] = positionals;
  if (!stackName || positionals.length > 1 || Boolean(values.at) === Boolean(values.list)) throw new Error(USAGE);
  const wanted = restoreSchema.shape.at.optional().safeParse(values.at);
  if (!wanted.success) throw new Error(`--at ${values.at} ${wanted.error.issues[0]?.message}\n${USAGE}`);
  const at = wanted.data;
  const env = await ensureToolchain();
  Object.assign(process.env, env);
  const select = (name: string) => LocalWorkspace.selectStack({ stackName: name, workDir: ROOT }, { envVars: env });
  const stack = await select(stackName);
  const scope = await signIn(await stack.getAllConfig(), env);
  const api = cloudApi(scope);
  const outputs = await stack.outputs();
  const container: unknown = outputs.containers?.value?.backups;
  const key: unknown = outputs.backupKey?.value;
  if (typeof container !== "string" || typeof key !== "string") {
    throw new Error(`stack ${stackName} has no backups: database.backups makes them`);
  }
  const names = await namesIn(api, container);
  const spans = backupSpans(names);
  if (at === undefined) return say(`stack ${stackName}: ${spansText(spans)}; ${drillText(lastDrill(names))}`);
  if (!isReachable(spans, Date.parse(at))) {
    throw new Error(`${at} cannot be restored: ${spansText(spans)}; nothing was changed`);
  }

  const target = values.into ? await select(values.into) : stack;
  await target.setConfig(`${PROJECT}:database.restore.at`, { value: at }, true);
  if (values.into) {
    const url = `${publicEndpoint(scope, "object-store")}/${container}`;
    await target.setConfig(`${PROJECT}:database.restore.container`, { value: url }, true);
    await target.setConfig(`${PROJECT}:${BACKUP_KEY}`, { value: key, secret: true });
  }
  say(`restoring stack ${target.name} as it was at ${at}; the volume of before is kept`);
  await up(target, env);
}

async function up(stack: Stack, env: Readonly<Record<string, string>>): Promise<void> {
  const api = cloudApi(await signIn(await stack.getAllConfig(), env));
  const told = tellKeeper(api, `${PROJECT}-${stack.name}-keeper-`);
  const onOutput = (text: string) => process.stderr.write(text);
  try {
    await stack.up({ onOutput, color: "auto", suppressOutputs: true, suppressProgress: true });
  } catch {
    throw new Error("the restore failed; what went wrong stands above. `pulumi up` goes on with it");
  } finally {
    told.end();
  }
  say(`stack ${stack.name} is restored`);
}

main(process.argv.slice(2)).catch(fail);
