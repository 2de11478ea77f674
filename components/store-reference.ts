/** How another stack reads a store's outputs: all of them at once, checked, before it makes anything. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { INTERFACE_VERSION, SECRET_OUTPUTS, type SecretOutput, type StoreFacts, storeOutputs } from "./outputs";

/** Plain values, known in a first preview; secrets stay secret outputs. */
export type ReferencedStore = Readonly<Omit<StoreFacts, SecretOutput>> & {
  readonly [Name in SecretOutput]: pulumi.Output<StoreFacts[Name]>;
};

/** What a stack says under one name, and whether it says so in secret. */
export interface FoundOutput {
  readonly value: unknown;
  readonly secret: boolean;
}

/** A stack's outputs are not those of a store; the message names the stack, the interface version and every output. */
export class StoreOutputsError extends Error {
  override readonly name = "StoreOutputsError";
}

/**
 * @param stack as Pulumi names it: `organization/ecommerce/prod` in a file or object storage backend
 * @throws StoreOutputsError naming every output that is missing or of another form
 */
export async function readStore(stack: string, opts?: pulumi.CustomResourceOptions): Promise<ReferencedStore> {
  const reference = new pulumi.StackReference(stack, {}, opts);
  const found: Record<string, FoundOutput> = {};
  for (const name of Object.keys(storeOutputs.shape)) {
    const { value, secretValue } = await reference.getOutputDetails(name);
    if (value !== undefined) found[name] = { value, secret: false };
    if (secretValue !== undefined) found[name] = { value: secretValue, secret: true };
  }
  const { databasePasswords, readerPasswords, adminPasswords, backupKey, scalingUrls, serviceScalingUrls, ...open } =
    checkedOutputs(stack, found);
  return {
    ...open,
    databasePasswords: pulumi.secret(databasePasswords),
    readerPasswords: pulumi.secret(readerPasswords),
    adminPasswords: pulumi.secret(adminPasswords),
    backupKey: pulumi.secret(backupKey),
    scalingUrls: pulumi.secret(scalingUrls),
    serviceScalingUrls: pulumi.secret(serviceScalingUrls),
  };
}

/** @throws StoreOutputsError, whose message holds no value: it may be a secret */
export function checkedOutputs(stack: string, found: Readonly<Record<string, FoundOutput>>): StoreFacts {
  const { interfaceVersion: version } = found;
  if (!version) {
    throw new StoreOutputsError(`stack ${stack} has no outputs of a store: is it the right one, and is it up?`);
  }
  if (version.value !== INTERFACE_VERSION) {
    const theirs = `stack ${stack} has outputs of interface version ${version.value}`;
    throw new StoreOutputsError(`${theirs}, this program reads version ${INTERFACE_VERSION}`);
  }
  const parsed = storeOutputs.safeParse(Object.fromEntries(Object.entries(found).map(([k, { value }]) => [k, value])));
  const mayBeSecret: readonly string[] = SECRET_OUTPUTS;
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => problemOf(issue, found)),
    // Handed on as a plain value it would be shown.
    ...Object.entries(found)
      .filter(([name, { secret }]) => secret && !mayBeSecret.includes(name))
      .map(([name]) => `${name} is a secret there, and must be none`),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  const lines = problems.map((problem) => `\n  ${problem}`).join("");
  throw new StoreOutputsError(`outputs of stack ${stack}, interface version ${INTERFACE_VERSION}:${lines}`);
}

function problemOf(issue: z.core.$ZodIssue, found: Readonly<Record<string, FoundOutput>>): string {
  const [first] = issue.path;
  if (issue.path.length === 1 && !(String(first) in found))
    return `${String(first)} is missing; bring that stack up again`;
  return `${issue.path.map(String).join(".")} is of another form: ${issue.message}`;
}
