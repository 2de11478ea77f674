/** `npm run restore -- STACK --list | --at TIME [--into OTHER] | --snapshot ID`: in the checkout, on your own backend and cloud. */
import { parseArgs } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation";
import { type CloudApi, cloudApi } from "../../components/cloud/api";
import { backupSpans, drillText, isReachable, lastDrill, spansText } from "../../components/cloud/backup-spans";
import { publicEndpoint } from "../../components/cloud/endpoints";
import { namesIn } from "../../components/cloud/restore-needs";
import { unusable } from "../../components/cloud/snapshots";
import { BACKUP_KEY, restoreSchema } from "../../components/config/backups-schema";
import { Naming } from "../../components/core/naming";
import { fail, say } from "../../toolchain/progress";
import { ownSnapshots } from "../snapshot/snapshots";
import { type Env, ownEnvironment, ownStack } from "../stack/own-stack";
import { signIn } from "../stack/sign-in";
import { PROJECT } from "../stack/stack-file";
import { refuseInLab } from "./in-lab";
import { tellKeeper } from "./keeper-console";

const USAGE = "usage: npm run restore -- STACK --list | --at 2026-11-27T10:15:00Z [--into OTHER_STACK] | --snapshot ID";
const RESTORE = `${PROJECT}:database.restore`;

async function main(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      list: { type: "boolean" },
      at: { type: "string" },
      into: { type: "string" },
      snapshot: { type: "string" },
    },
  });
  const [stackName] = positionals;
  const asked = [values.list, values.at, values.snapshot].filter((value) => value !== undefined);
  const isFromBackups = values.into === undefined || values.at !== undefined;
  if (!stackName || positionals.length > 1 || asked.length !== 1 || !isFromBackups) throw new Error(USAGE);
  const at = sound("at", values.at);
  const snapshot = sound("snapshot", values.snapshot);
  if (!values.list) refuseInLab(values.into ?? stackName, at === undefined ? `snapshot: ${snapshot}` : `at: ${at}`);
  const env = await ownEnvironment();
  const stack = await ownStack(stackName, env);
  const scope = await signIn(await stack.getAllConfig(), env);
  const api = cloudApi(scope);
  if (snapshot !== undefined) return restoreSnapshot(stack, api, snapshot, env);
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

  const target = values.into ? await ownStack(values.into, env) : stack;
  await target.removeConfig(`${RESTORE}.snapshot`, true);
  await target.setConfig(`${RESTORE}.at`, { value: at }, true);
  if (values.into) {
    const url = `${publicEndpoint(scope, "object-store")}/${container}`;
    await target.setConfig(`${RESTORE}.container`, { value: url }, true);
    await target.setConfig(`${PROJECT}:${BACKUP_KEY}`, { value: key, secret: true });
  }
  say(`restoring stack ${target.name} as it was at ${at}; the volume of before is kept`);
  await up(target, env);
}

/** @returns the option's value, as the stack file takes it */
function sound(option: "at" | "snapshot", value: string | undefined): string | undefined {
  const wanted = restoreSchema.shape[option].safeParse(value);
  if (!wanted.success) throw new Error(`--${option} ${value} ${wanted.error.issues[0]?.message}\n${USAGE}`);
  return wanted.data;
}

async function restoreSnapshot(stack: Stack, api: CloudApi, id: string, env: Env): Promise<void> {
  const own = await ownSnapshots(api, new Naming(PROJECT, stack.name));
  const problem = unusable(own.find((snapshot) => snapshot.id === id));
  if (problem) throw new Error(`the snapshot ${id} ${problem}; nothing was changed`);
  for (const other of ["at", "container"]) await stack.removeConfig(`${RESTORE}.${other}`, true);
  await stack.removeConfig(`${PROJECT}:${BACKUP_KEY}`);
  await stack.setConfig(`${RESTORE}.snapshot`, { value: id }, true);
  say(`restoring stack ${stack.name} from the snapshot ${id}; the volume of before is kept`);
  await up(stack, env);
}

async function up(stack: Stack, env: Env): Promise<void> {
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
