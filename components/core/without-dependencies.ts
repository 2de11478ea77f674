import * as pulumi from "@pulumi/pulumi";

/**
 * The same id, known to the engine as a plain one: what is made with it is not deleted before what it names is replaced.
 * In a preview, where the id may be unknown, it stays what it is.
 */
export function withoutDependencies(id: pulumi.Output<string>): pulumi.Output<string> {
  if (pulumi.runtime.isDryRun()) return id;
  return pulumi.output(new Promise<string>((resolve) => id.apply((known) => resolve(known))));
}
