/** Shapes of single values that several sections of a stack file share. */
import { z } from "zod";

// Titles are what docs/configuration.md calls a value's kind.
export const nameOrId = z.string().trim().min(1, "must be a name or an id").meta({ title: "name or id" });

export const whole = (min: number, max: number) =>
  z
    .number(`must be a whole number from ${min} to ${max}`)
    .refine((n) => Number.isInteger(n) && n >= min && n <= max, `must be a whole number from ${min} to ${max}`)
    .meta({ title: `${min} to ${max}` });

export const rootDiskSchema = z.strictObject({
  size: whole(1, 16384).describe("size of the root volume, in GiB"),
  type: nameOrId.optional().describe("volume type; none: the cloud's default"),
});

export const serverSchema = {
  image: nameOrId.describe("image, by name (the newest of that name) or id"),
  flavor: nameOrId.describe("flavor, by name"),
  rootDisk: rootDiskSchema.optional().describe("boot from a volume, for flavors without a disk"),
};
