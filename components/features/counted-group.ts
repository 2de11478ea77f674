/** The group of a tier that grows, or has as many servers as the stack file says. */
import type { CountedGroup } from "../config/schema";
import type { Range, ServerGroup } from "./feature";

export function countedGroup({ key, name, tier, section }: CountedGroup, image: string): ServerGroup {
  const { flavor, rootDisk } = section;
  return { name, tier, key, image, flavor, rootDisk, size: rangeOf(section), apart: true };
}

export function rangeOf({ count, scaling }: Pick<CountedGroup["section"], "count" | "scaling">): Range {
  return scaling.mode === "auto" ? { least: scaling.min, most: scaling.max } : { least: count, most: count };
}
