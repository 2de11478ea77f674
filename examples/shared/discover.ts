import { findFlavor, findImage } from "../../components/cloud/discover";
import { Findings } from "../../components/cloud/findings";
import type { ConsumerConfig } from "./config";

/** @returns id of the image @throws Error naming every key whose value the cloud does not have */
export async function discoverServer(namespace: string, { server }: Pick<ConsumerConfig, "server">): Promise<string> {
  const findings = new Findings(namespace);
  const [imageId] = await Promise.all([
    findings.look("server.image", server.image, "openstack image list", () => findImage(server.image)),
    findings.look("server.flavor", server.flavor, "openstack flavor list", () =>
      findFlavor({ flavor: server.flavor, rootDisk: undefined }),
    ),
  ]);
  findings.throwIfAny();
  return findings.certain(imageId);
}
