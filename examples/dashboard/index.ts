/** An operations server for a store that another stack has made: Prometheus, dashboards, and reports of its orders. */
import * as pulumi from "@pulumi/pulumi";
import { Naming, readConfigOf, readStore } from "../../components/index";
import { dashboardSchema } from "./config";
import { Dashboard } from "./dashboard";
import { discover } from "./discover";

export = async () => {
  const config = readConfigOf(dashboardSchema);
  const naming = new Naming(pulumi.getProject(), pulumi.getStack());
  const store = await readStore(config.store);
  const cloud = await discover(naming.project, config, store);
  const { address, serverId, reports } = new Dashboard("dashboard", { config, cloud, store, naming });
  return { address, serverId, reports };
};
