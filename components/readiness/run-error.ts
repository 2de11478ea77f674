import * as pulumi from "@pulumi/pulumi";

/** An error that Pulumi shows by its message alone, without a stack trace. */
export function runError(cause: unknown): never {
  throw new pulumi.RunError(cause instanceof Error ? cause.message : String(cause));
}
