/**
 * States of stores that earlier versions of the program made, kept as files that can be previewed on any lab: what a lab
 * chose by itself (ids of images, networks, projects) is written by name, and secrets, made up for a store that never
 * sold, are in the clear.
 */
import { readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Deployment, Stack } from "@pulumi/pulumi/automation";
import type { CloudApi } from "../support/cloud-api";

const FOLDER = __dirname;
const SUFFIX = ".json.gz";

export interface KeptState {
  /** Of the program that made it: the name of its folder. */
  readonly version: string;
  /** What kind of store: the name of its file, and of its stack. */
  readonly kind: string;
}

export interface Contents {
  /** Keys of the stack file by which it was made. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly deployment: Deployment;
}

export function keptStates(): KeptState[] {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name: version }) =>
    readdirSync(path.join(FOLDER, version))
      .filter((file) => file.endsWith(SUFFIX))
      .sort()
      .map((file) => ({ version, kind: path.basename(file, SUFFIX) })),
  );
}

/** What stands for an id. Packed user data may have braces of its own. */
const NAMED = /\{\{((?:image|network|container) [^{}"\\]+|project|user)\}\}/g;

const fileOf = ({ version, kind }: KeptState) => path.join(FOLDER, version, `${kind}${SUFFIX}`);

/** @param cloud whose ids stand for the names */
export async function readState(state: KeptState, cloud: CloudApi): Promise<Contents> {
  const text = (await promisify(gunzip)(await readFile(fileOf(state)))).toString();
  const names = await namesById(cloud);
  const ids = new Map([...names].map(([id, name]) => [name, id] as const));
  return JSON.parse(
    text.replace(NAMED, (_, name: string) => {
      const id = ids.get(name);
      if (!id) throw new Error(`the lab has no ${name}, which the kept state ${state.version}/${state.kind} needs`);
      return id;
    }),
  );
}

/** Keeps the state of a store that stands. */
export async function keepState(
  state: KeptState,
  stack: Stack,
  config: Contents["config"],
  cloud: CloudApi,
): Promise<void> {
  const { version, deployment } = await stack.exportStack();
  const { secrets_providers: _, ...rest } = Object(deployment);
  let text = JSON.stringify({ config, deployment: { version, deployment: rest } } satisfies Contents);
  for (const [id, name] of await namesById(cloud)) text = text.replaceAll(id, `{{${name}}}`);
  await mkdir(path.dirname(fileOf(state)), { recursive: true });
  await writeFile(fileOf(state), await promisify(gzip)(text, { level: 9 }));
}

/** Names for what each lab has under another id. */
async function namesById(cloud: CloudApi): Promise<Map<string, string>> {
  const [images, networks, containers] = await Promise.all([
    cloud.rowsOf("image", "/v2/images?limit=1000", "images"),
    cloud.rowsOf("network", "/v2.0/networks?router:external=true", "networks"),
    cloud.rowsOf("key-manager", "/v1/containers?limit=100", "containers"),
  ]);
  return new Map([
    ...images.map(({ id, name }) => [String(id), `image ${name}`] as const),
    ...networks.map(({ id, name }) => [String(id), `network ${name}`] as const),
    ...containers.map(({ container_ref: ref, name }) => [lastPart(String(ref)), `container ${name}`] as const),
    [cloud.projectId, "project"],
    [cloud.userId, "user"],
  ]);
}

const lastPart = (url: string) => url.split("/").at(-1) ?? "";
