/** The sections `database.backups` and `database.restore`. */
import { z } from "zod";
import { isUuid } from "../core/uuid";
import { serverSchema, swiftRoleSchema, whole } from "./values";

export const backupsSchema = z.strictObject({
  ...serverSchema,
  every: whole(1, 168).default(24).describe("hours between two base backups"),
  keep: whole(1, 3650).default(14).describe("days for which every second can be restored"),
  drills: whole(0, 720)
    .default(24)
    .describe("hours between two restore drills, which the keeper makes on itself; 0: none"),
  ...swiftRoleSchema("the keeper's credentials"),
});

/** `Date.parse` alone takes the 30th of February for the 2nd of March. */
function isSecond(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().replace(".000", "") === text;
}

export const restoreSchema = z.strictObject({
  at: z
    .string()
    // As the engine hands on what YAML takes for a time, where it stands without quotes.
    .overwrite((text) => text.replace(/^(\S+) (\S+) \+0000 UTC$/, "$1T$2Z"))
    .refine(isSecond, "must be a second in UTC such as 2026-11-27T10:15:00Z")
    .meta({ title: "second in UTC" })
    .optional()
    .describe("the second, in UTC, as whose beginning the backups are restored, onto a new volume; this or `snapshot`"),
  snapshot: z
    .string()
    .refine(isUuid, "must be the id of a snapshot, as npm run snapshot -- STACK --list shows it")
    .meta({ title: "id" })
    .optional()
    .describe("snapshot of the database's volume that a new volume is made from; this or `at`"),
  container: z
    .url({ protocol: /^https?$/, error: "must be the http:// or https:// address of a container" })
    .optional()
    .describe(
      "address of another store's container of backups, whose key is `backupKey`; only with `at`; none: this store's own",
    ),
});

/** The key of another store's backups, a secret: `pulumi config set --secret backupKey`. */
export const BACKUP_KEY = "backupKey";

export type BackupsConfig = z.output<typeof backupsSchema>;
export type RestoreConfig = z.output<typeof restoreSchema>;
