/** Whether two states of one stack tell the same. */
import { isDeepStrictEqual } from "node:util";
import type { Deployment } from "@pulumi/pulumi/automation";

interface Resource {
  readonly urn: string;
  readonly [field: string]: unknown;
}

/** When the engine wrote something is no part of what it wrote. */
const TIMES = new Set(["created", "modified"]);

/** @returns a line for each field of a resource that differs, without its value, which may be secret */
export function stateDifferences(one: Deployment, other: Deployment): string[] {
  const [here, there] = [resourcesOf(one), resourcesOf(other)];
  return [...new Set([...here.keys(), ...there.keys()])].flatMap((urn) => {
    const [a, b] = [here.get(urn), there.get(urn)];
    if (!a || !b) return [`${urn}: ${a ? "gone" : "new"}`];
    const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((field) => !TIMES.has(field));
    return fields.filter((field) => !isDeepStrictEqual(a[field], b[field])).map((field) => `${urn}: ${field} differs`);
  });
}

function resourcesOf({ deployment }: Deployment): Map<string, Resource> {
  const { resources = [] }: { resources?: readonly Resource[] } = Object(deployment);
  return new Map(resources.map((resource) => [resource.urn, resource]));
}
