/** The group of a tier that grows, or has as many servers as the stack file says. */
import type { StoreConfig } from "../config/schema";
import { machine, type ServerGroup } from "./feature";

export function tierGroup(name: "web" | "app", section: StoreConfig["web"]): ServerGroup {
  const { count, scaling } = section;
  const size = scaling.mode === "auto" ? { least: scaling.min, most: scaling.max } : { least: count, most: count };
  return { name, tier: name, key: name, ...machine(section), size, apart: true };
}
