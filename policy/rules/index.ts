/** All rules, in the order of the documentation. */
import type { Rule } from "../rule";
import * as backoffice from "./backoffice";
import * as balancing from "./balancing";
import * as compute from "./compute";
import * as data from "./data";
import * as groups from "./groups";
import * as heatStack from "./heat-stack";
import * as https from "./https";
import * as network from "./network";
import * as order from "./order";
import * as ports from "./ports";
import * as scaling from "./scaling";
import * as secrets from "./secrets";
import * as whole from "./whole";

export const RULES: readonly Rule[] = [
  network,
  ports,
  backoffice,
  balancing,
  https,
  order,
  groups,
  compute,
  data,
  secrets,
  scaling,
  heatStack,
  whole,
].flatMap((concern) =>
  Object.entries<Rule>({ ...concern }).flatMap(([name, rule]) => (name === "default" ? [] : [rule])),
);
