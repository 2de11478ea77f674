import * as pulumi from "@pulumi/pulumi";

/** Whose message Pulumi shows without a stack trace. */
export function runError(cause: unknown): never {
  throw new pulumi.RunError(cause instanceof Error ? cause.message : String(cause));
}
