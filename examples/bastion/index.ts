/** A bastion for a store that another stack has made: reads its outputs, and adds nothing to it but rules for SSH. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { Naming, readConfigOf, readStore } from "../../components/index";
import { consumerShape } from "../shared/config";
import { discoverServer } from "../shared/discover";
import { Bastion } from "./bastion";

export = async () => {
  const config = readConfigOf(z.strictObject(consumerShape));
  const naming = new Naming(pulumi.getProject(), pulumi.getStack());
  const store = await readStore(config.store);
  const imageId = await discoverServer(naming.project, config);
  const { mtu: appMtu } = await openstack.networking.getNetwork({ networkId: store.networkIds.app });
  const { address, serverId } = new Bastion("bastion", { config, imageId, appMtu, store, naming });
  return { address, serverId };
};
