/** Where two SDKs tell different things of a property. */
import type { Member, Properties, Property, Shape } from "./shapes";

/** @returns one line for each, e.g. `inputs.allocationPools.start: string here, number there` */
export function differences(here: Member, there: Member): string[] {
  return (["inputs", "outputs"] as const).flatMap((side) => ofProperties(side, here[side], there[side]));
}

function ofProperties(where: string, here: Properties, there: Properties): string[] {
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])].sort();
  return names.flatMap((name) => ofProperty(`${where}.${name}`, here[name], there[name]));
}

function ofProperty(where: string, here: Property | undefined, there: Property | undefined): string[] {
  if (!here) return [`${where}: not here`];
  if (!there) return [`${where}: not there`];
  const told = here.required !== undefined && there.required !== undefined && here.required !== there.required;
  return [
    ...(told ? [`${where}: ${here.required ? "required" : "optional"} here only`] : []),
    ...ofShape(where, here.shape, there.shape),
  ];
}

function ofShape(where: string, here: Shape, there: Shape): string[] {
  const [a, b] = [inner(here), inner(there)];
  if (a.kind !== b.kind) return [`${where}: ${a.kind} here, ${b.kind} there`];
  if (a.properties && b.properties) return ofProperties(where, a.properties, b.properties);
  return a.of && b.of ? ofShape(where, a.of, b.of) : [];
}

function inner(shape: Shape): { kind: string; of?: Shape; properties?: Properties } {
  if (typeof shape === "string") return { kind: shape };
  if ("list" in shape) return { kind: "list", of: shape.list };
  if ("map" in shape) return { kind: "map", of: shape.map };
  return { kind: "object", properties: shape.object };
}
