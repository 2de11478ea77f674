/** Shapes of single values that several sections of a stack file share. */
import { z } from "zod";
import { isIpv4, parseCidr } from "../core/cidr";

// Titles are what docs/configuration.md calls a value's kind.
export const nameOrId = z.string().trim().min(1, "must be a name or an id").meta({ title: "name or id" });

export const ipv4 = z
  .string()
  .refine(isIpv4, "must be an IPv4 address such as 10.20.0.10")
  .meta({ title: "IPv4 address" });
export const cidr = z
  .string()
  .refine(
    (text) => parseCidr(text) !== undefined,
    "must be an IPv4 CIDR such as 10.20.0.0/24, with no bits set behind the prefix",
  )
  .meta({ title: "IPv4 CIDR" });
export const distinct = <T extends z.ZodType>(item: T) =>
  z.array(item).refine((list) => new Set(list).size === list.length, "must not name anything twice");

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

export const roleName = z.string().regex(/^[\w.-]{1,64}$/, "must be the name of a role");

/** What a credential for one of the store's containers is made with. @param whose as in "the app servers' credential" */
export const swiftRoleSchema = (whose: string) => ({
  role: roleName.default("reader").describe(`the only role of ${whose}; Swift must give this role no right of its own`),
  accessRules: z
    .boolean()
    .default(true)
    .describe(
      `whether access rules say what ${whose} may do; \`false\` where Keystone has none, or Swift refuses such tokens`,
    ),
});
