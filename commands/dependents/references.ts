/** Which stacks of the backend read another one's outputs. Pulumi keeps no such list: each state must be looked at. */
import type { Backend, StateResource } from "./state";

/** @param stack its full name @returns full names of the stacks that reference it */
export async function referringStacks(
  backend: Pick<Backend, "stacks" | "resources">,
  stack: string,
): Promise<string[]> {
  const referring: string[] = [];
  for (const other of await backend.stacks()) {
    if (other !== stack && refersTo(await backend.resources(other), other, stack)) referring.push(other);
  }
  return referring;
}

function refersTo(resources: readonly StateResource[], other: string, stack: string): boolean {
  return resources.some(
    ({ type, inputs }) =>
      type === "pulumi:pulumi:StackReference" &&
      typeof inputs.name === "string" &&
      fullName(inputs.name, other) === stack,
  );
}

/** `organization/project/stack`; what is left out is the referring stack's own. */
function fullName(name: string, referring: string): string {
  const parts = name.split("/");
  const [organization = "", project = ""] = referring.split("/");
  if (parts.length >= 3) return name;
  return [parts.length === 2 ? parts[0] : organization, project, parts.at(-1)].join("/");
}
