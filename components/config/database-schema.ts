/** The section `database`. */
import { z } from "zod";
import { backupsSchema, restoreSchema } from "./backups-schema";
import { distinct, nameOrId, roleName, serverSchema, whole } from "./values";

const growSchema = z.strictObject({
  to: whole(2, 16384).describe("size beyond which the volume does not grow by itself, in GiB"),
  role: roleName
    .default("member")
    .describe("the only role of the credential that the keeper does it with; Cinder must let it extend volumes"),
  accessRules: z
    .boolean()
    .default(true)
    .describe(
      "whether access rules keep that credential to actions on this volume; `false` where Cinder refuses such tokens: the keeper then may do whatever the role may",
    ),
});

export const databaseSchema = z.strictObject({
  ...serverSchema,
  mode: z
    .enum(["single", "pair"], 'must be "single" or "pair"')
    .default("single")
    .describe(
      "one database server, or two with the same data, of which the other one goes on when one is lost; a pair needs `backups` and Debian; see docs/database.md",
    ),
  goOnFrom: z
    .string()
    .regex(
      /^[a-zA-Z0-9-]+-db-[12]\/([0-9a-f-]{36}:\d+|alone)$/,
      "must be what the database server's console says: a server's name, / and how far its data is",
    )
    .meta({ title: "server/position" })
    .optional()
    .describe(
      "only after a total loss of a pair that does not go on by itself: the server whose data it goes on from, as that server's console says it; what only the other one had is lost then; see docs/database.md",
    ),
  volume: z
    .strictObject({
      size: whole(1, 16384).describe("size of the volume, in GiB; it may grow later, and never shrinks"),
      type: nameOrId.optional().describe("volume type; none: the cloud's default"),
      grow: growSchema
        .optional()
        .describe(
          "the keeper makes the volume larger by itself, a quarter at a time, when it is 80 % full; none: a person does; see docs/backups.md",
        ),
      formerly: z
        .string()
        .regex(/^[a-zA-Z0-9-]+$/, "must be <project>-<stack>")
        .optional()
        .describe(
          "`<project>-<stack>` before the stack or the project was renamed: the volume has it written on it, and a database server starts on no other store's volume",
        ),
      onDestroy: z
        .enum(["refuse", "keep", "delete"], 'must be "refuse", "keep" or "delete"')
        .default("refuse")
        .describe(
          "what `pulumi destroy` does with the data: `refuse` to start, `keep` the volume in the cloud, or `delete` it",
        ),
    })
    .describe("the volume that holds the database's data"),
  stores: distinct(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a database name: a-z, 0-9, _, at most 32"))
    .min(1, "must name at least one database")
    .default(["opencart"])
    .describe(
      "databases, one for each store; the running server learns of a change within a minute; a store that is taken out keeps its data, and its user goes",
    ),
  readers: distinct(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a user name: a-z, 0-9, _, at most 32"))
    .default([])
    .describe(
      "users who may read every store, for example for reports, with 5 connections each; the running server learns of a change within a minute",
    ),
  egress: z.boolean().default(false).describe("whether the data router has a gateway, for packages"),
  backups: backupsSchema
    .optional()
    .describe(
      "the keeper, a server that keeps encrypted backups of all databases in Swift; none: there are no backups; see docs/backups.md",
    ),
  restore: restoreSchema
    .optional()
    .describe("what the databases are restored from; the volume that they were on is kept; see docs/backups.md"),
});

export type DatabaseConfig = z.output<typeof databaseSchema>;
