import { z } from "zod";
import { databaseSchema } from "../../components/index";
import { consumerShape } from "../shared/config";

export const dashboardSchema = z.strictObject({
  ...consumerShape,
  reader: databaseSchema.shape.stores
    .unwrap()
    .element.default("reports")
    .describe("one of the store's database.readers"),
  tablePrefix: z
    .string()
    .regex(/^[a-z0-9_]{0,16}$/, "must be a prefix of tables: a-z, 0-9, _, at most 16")
    .default("oc_")
    .describe("of the shop's tables"),
});

export type DashboardConfig = z.output<typeof dashboardSchema>;
