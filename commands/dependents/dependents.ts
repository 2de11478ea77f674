/** A store that others live on is not to be taken away under them, nor half of it where a snapshot keeps the other half. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { cloudApi } from "../../components/cloud/api";
import { Naming } from "../../components/core/naming";
import { signIn } from "../stack/sign-in";
import { foreignPorts, hasNetworks } from "./ports";
import { referringStacks } from "./references";
import { losesVolumes, snapshotsInTheWay } from "./snapshots";
import { Backend } from "./state";

/**
 * Reads the backend and the cloud, and changes nothing.
 * @returns a line for each stack that references this one, each port of others on its networks, and each snapshot of a volume
 *   that goes with it
 */
export async function dependents(stack: Stack, env: Readonly<Record<string, string>>): Promise<string[]> {
  const { name: project } = await stack.workspace.projectSettings();
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-backend-"));
  try {
    const backend = new Backend(folder, env);
    const fullName = (await backend.stacks()).find((name) => name.endsWith(`/${project}/${stack.name}`)) ?? stack.name;
    const referring = await referringStacks(backend, fullName);
    return [
      ...referring.map((other) => `stack ${other} references it: destroy that one first`),
      ...(await inTheCloud(stack, env, await backend.resources(fullName), project)),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function inTheCloud(
  stack: Stack,
  env: Readonly<Record<string, string>>,
  resources: Awaited<ReturnType<Backend["resources"]>>,
  project: string,
): Promise<string[]> {
  if (!hasNetworks(resources) && !losesVolumes(resources)) return [];
  const cloud = cloudApi(await signIn(await stack.getAllConfig(), env));
  const ports = await foreignPorts(cloud, resources, new Naming(project, stack.name).prefix);
  return [
    ...ports.map(({ network, port }) => `port ${port} is on its network ${network}: delete it first`),
    ...(losesVolumes(resources) ? await snapshotsInTheWay(cloud, resources, stack.name) : []),
  ];
}

/** @throws Error naming who lives on the stack */
export async function refuseWhileUsed(stack: Stack, env: Readonly<Record<string, string>>): Promise<void> {
  const found = await dependents(stack, env);
  if (found.length === 0) return;
  throw new Error(
    `stack ${stack.name} is in use; nothing was deleted:\n${found.map((line) => `  ${line}`).join("\n")}`,
  );
}
