/** Who may open administration and API, as web servers' own configuration says it. */
import { bootsOf } from "../boots";
import { resourceRule } from "../rule";
import { withDecoded } from "../spelling/encoded";
import { isWorld } from "./addresses";

/** The line of the web role's configuration that admits the back office. */
const DOOR = /RewriteCond expr \\?"!\((-R '[^"]*)\)/g;
const NAMED = /-R '([^']+)'/g;

export const backofficeForSomebody = resourceRule({
  name: "network-backoffice-not-for-the-world",
  concern: "network",
  severity: "high",
  reason: "If the whole world reaches the administration, one password alone protects it.",
  remediation: "name in `access.backoffice` where administrators are, such as an office or a VPN.",
  on: ["openstack:compute/instance:Instance", "openstack:orchestration/stackV1:StackV1"],
  judge: (server, report) => {
    for (const { tier, text } of bootsOf(server)) {
      if (tier !== "web") continue;
      const named = [...withDecoded(text).matchAll(DOOR)].flatMap(([, door = ""]) => [...door.matchAll(NAMED)]);
      for (const cidr of new Set(named.map(([, cidr]) => cidr))) {
        if (isWorld(cidr)) report(`opens administration and API to ${cidr}`);
      }
    }
  },
});
