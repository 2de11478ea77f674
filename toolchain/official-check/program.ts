/** A program that needs no cloud, made by one toolchain and read by another. */
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { ROOT } from "../paths";
import { handedOver } from "./handed-over";
import type { Way } from "./ways";

/** The beginning of a program that needs no cloud: a dynamic resource, whose code goes into the state. */
export const DOUBLED = `import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs) {
    return { id: "made", outs: { ...inputs, doubled: inputs.number * 2 } };
  },
};
class Doubled extends pulumi.dynamic.Resource {
  declare readonly doubled: pulumi.Output<number>;
  constructor(name: string, number: number) {
    super(provider, name, { number, doubled: undefined });
  }
}
`;

/** All kinds of random values that the plugins of both have, a dynamic resource, and a secret output. */
const PROGRAM = `
${DOUBLED}
const keepers = { round: new pulumi.Config().require("round") };
export const password = new random.RandomPassword("password", { length: 20, minNumeric: 2, overrideSpecial: "._~", keepers }).result;
export const text = new random.RandomString("text", { length: 12, special: false, upper: false }).result;
export const id = new random.RandomId("id", { byteLength: 8, prefix: "made-" }).hex;
export const uuid = new random.RandomUuid("uuid").result;
export const number = new random.RandomInteger("number", { min: 1, max: 1000 }).result;
export const doubled = new Doubled("doubled", 21).doubled;
`;

/**
 * Makes the program's stack by one and hands it to the other, which replaces a resource at last and takes it down.
 *
 * @param folder to work in, emptied first
 * @returns what differs, a line each
 */
export async function programHandedOver(maker: Way, reader: Way, folder: string): Promise<string[]> {
  await lay(folder);
  const open = (way: Way) => async () => openAs(way, folder);
  await (await open(maker)()).up();
  const different = await handedOver(open(maker), open(reader));
  const stack = await open(reader)();
  await stack.setConfig("round", { value: "2" });
  const { replace = 0 } = (await stack.up()).summary.resourceChanges ?? {};
  await stack.destroy({ remove: true });
  return [
    ...different,
    ...(replace === 1 ? [] : [`its update with a new keeper replaces ${replace} resources, not 1`]),
  ];
}

async function lay(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, "backend"), { recursive: true });
  const options = { typescript: false, nodeargs: "--import tsx" };
  await writeFile(path.join(folder, "Pulumi.yaml"), stringify({ name: "check", runtime: { name: "nodejs", options } }));
  await writeFile(path.join(folder, "Pulumi.one.yaml"), stringify({ config: { "check:round": "1" } }));
  await writeFile(path.join(folder, "index.ts"), PROGRAM);
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "check", main: "index.ts" }));
  await symlink(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
}

function openAs({ env }: Way, folder: string): Promise<Stack> {
  const envVars = {
    ...env,
    PULUMI_BACKEND_URL: `file://${folder}/backend`,
    PULUMI_CONFIG_PASSPHRASE: "for this check only",
  };
  // The Automation API looks for pulumi, and pulumi for its engine, in this process's environment.
  Object.assign(process.env, envVars);
  return LocalWorkspace.createOrSelectStack({ stackName: "one", workDir: folder }, { envVars });
}
