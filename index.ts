/** The program: configuration → facts of the cloud → the store → outputs. */
import * as pulumi from "@pulumi/pulumi";
import { discover } from "./components/cloud/discover";
import { readConfig, readSecrets } from "./components/config/reader";
import { Naming } from "./components/core/naming";
import { Storefront } from "./components/storefront";

export = async () => {
  const config = readConfig();
  const naming = new Naming(pulumi.getProject(), pulumi.getStack());
  const cloud = await discover(naming.project, naming.prefix, config);
  return new Storefront("store", { config, cloud, naming, secrets: readSecrets(config) }).outputs;
};
