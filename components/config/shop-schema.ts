/** The section `shop`. */
import { z } from "zod";
import { mailSchema } from "./mail-schema";
import { swiftRoleSchema, whole } from "./values";

const releaseSchema = z.strictObject({
  url: z
    .string()
    .regex(/^(https?|file):\/\/[!-~]+$/, "must be an https://, http:// or file:// URL of a ZIP archive")
    .describe("archive of OpenCart 4.1; `file://` names a file on the app servers' image"),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, "must be the archive's SHA-256, 64 hexadecimal digits")
    .describe("SHA-256 of the archive, 64 hexadecimal digits"),
});

const versionsSchema = z.strictObject({
  days: whole(1, 3650)
    .default(30)
    .describe(
      "days for which every second of the uploads can be brought back; npm run uploads -- STACK --prune deletes what is older",
    ),
});

/** Where uploaded pictures and files live. */
export const mediaSchema = z.discriminatedUnion(
  "driver",
  [
    z.strictObject({
      driver: z.literal("local").describe("uploads stay on the server that took them, and end with it"),
    }),
    z.strictObject({
      driver: z.literal("swift").describe("every app server has the same uploads; see docs/uploads.md"),
      ...swiftRoleSchema("the app servers' credential"),
      versions: versionsSchema
        .optional()
        .describe(
          "Swift keeps what is overwritten or deleted, for npm run uploads; none: it does not; see docs/uploads.md",
        ),
    }),
  ],
  'must have `driver: "local"` or `driver: "swift"`',
);

export const shopSchema = z.strictObject({
  release: releaseSchema.optional().describe("the release to install; none: app servers answer `/healthz` only"),
  url: z
    .string()
    .regex(/^https?:\/\/[a-z0-9.-]+(:\d+)?\/$/i, "must be a URL such as https://shop.example.com/, with the slash")
    .optional()
    .describe("address of the shop, with the slash; default: the floating IP"),
  database: z
    .string()
    .optional()
    .describe(
      "which one of `database.stores` the shop uses; default: the first; on a store with data, another one is another shop",
    ),
  adminEmail: z
    .email("must be an e-mail address")
    .default("admin@example.com")
    .describe("e-mail address of the administrator `admin`"),
  media: mediaSchema.default({ driver: "local" }).describe("where pictures and files that are uploaded live"),
  mail: mailSchema
    .optional()
    .describe("the relay for the shop's mail; none: the shop sends no mail; see docs/mail-and-jobs.md"),
  publicStatic: z
    .boolean()
    .default(false)
    .describe(
      "whether everybody may read the container `static`, without listing it; `/static/` of the shop then leads there",
    ),
  cache: whole(0, 60)
    .default(5)
    .describe("seconds for which visitors without a cookie share catalogue pages; 0: never; see docs/shared-pages.md"),
});

export type ShopConfig = z.output<typeof shopSchema>;
export type MediaConfig = z.output<typeof mediaSchema>;

/** What is kept of uploads that are overwritten or deleted; none: nothing. */
export const versionsOf = (media: MediaConfig) => (media.driver === "swift" ? media.versions : undefined);
