import { Findings, findFlavor, findImage } from "../../components/index";
import type { ConsumerConfig } from "./config";

/**
 * @param findings what was found missing before, to be told with the rest
 * @returns id of the image
 * @throws Error naming every key whose value the cloud does not have
 */
export async function discoverServer(
  namespace: string,
  { server }: Pick<ConsumerConfig, "server">,
  findings = new Findings(namespace),
): Promise<string> {
  const [imageId] = await Promise.all([
    findings.look("server.image", server.image, "openstack image list", () => findImage(server.image)),
    findings.look("server.flavor", server.flavor, "openstack flavor list", () =>
      findFlavor({ flavor: server.flavor, rootDisk: undefined }),
    ),
  ]);
  findings.throwIfAny();
  return findings.certain(imageId);
}
