/** `npm run snapshot -- STACK [--list | --delete ID]`: in the checkout, on your own backend and cloud, or on the lab. */
import { parseArgs } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation";
import { cloudApi } from "../../components/cloud/api";
import { Naming } from "../../components/core/naming";
import { isUuid } from "../../components/core/uuid";
import { fail, say } from "../../toolchain/progress";
import { ownEnvironment, ownStack } from "../stack/own-stack";
import { signIn } from "../stack/sign-in";
import { PROJECT } from "../stack/stack-file";
import { described, ownSnapshots, remove, take } from "./snapshots";

const USAGE = "usage: npm run snapshot -- STACK [--list | --delete ID]";

async function main(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { list: { type: "boolean" }, delete: { type: "string" } },
  });
  const [stackName] = positionals;
  if (!stackName || positionals.length > 1 || (values.list && values.delete !== undefined)) throw new Error(USAGE);
  if (values.delete !== undefined && !isUuid(values.delete)) {
    throw new Error(`--delete ${values.delete} must be the id of a snapshot\n${USAGE}`);
  }
  const env = await ownEnvironment();
  const stack = await ownStack(stackName, env);
  const cloud = cloudApi(await signIn(await stack.getAllConfig(), env));
  const naming = new Naming(PROJECT, stack.name);

  if (values.delete !== undefined) {
    await remove(cloud, naming, values.delete);
    return say(`stack ${stackName}: the snapshot ${values.delete} is deleted`);
  }
  if (values.list) {
    const lines = (await ownSnapshots(cloud, naming)).map((snapshot) => `${described(snapshot)}\n`);
    process.stdout.write(lines.join(""));
    return say(`stack ${stackName}: ${lines.length === 1 ? "1 snapshot" : `${lines.length} snapshots`}`);
  }
  const snapshot = await take(cloud, naming, await volumeOf(stack));
  process.stdout.write(`${described(snapshot)}\n`);
  say(`to go back to it: npm run restore -- ${stackName} --snapshot ${snapshot.id}`);
}

async function volumeOf(stack: Stack): Promise<string> {
  const { databaseVolumeId } = await stack.outputs();
  const id: unknown = databaseVolumeId?.value;
  if (typeof id !== "string") throw new Error(`stack ${stack.name} has no volume yet: \`pulumi up\` makes it`);
  return id;
}

main(process.argv.slice(2)).catch(fail);
