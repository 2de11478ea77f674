/** Web servers: Apache in front of the app tier. */
import { webRole } from "../cloud-init/roles/web";
import { allow, PORTS } from "../core/security-rule";
import { countedGroup } from "./counted-group";
import { ANY_FLAVOR, type ConnectionFacts, type Feature } from "./feature";

/** Octavia's balancers that take requests speak to the servers from addresses in the servers' own subnet. */
function requests({ cidrs, appVip, services, haproxy }: ConnectionFacts) {
  const onward = [
    ...allow("web", "egress", "tcp", PORTS.http, [`${appVip}/32`], "next tier: the app balancer"),
    ...Object.entries(services ?? {}).flatMap(([name, vip]) =>
      allow("web", "egress", "tcp", PORTS.http, [`${vip}/32`], `next tier: the balancer of ${name}`),
    ),
  ];
  if (haproxy.length > 0) return onward;
  const reason = "shoppers' requests, from the balancer in the web subnet";
  return [...allow("web", "ingress", "tcp", PORTS.http, [cidrs.web], reason), ...onward];
}

/**
 * Balancers that pass connections on leave the client's address as it is, and check from one in the servers' subnet. OVN
 * rewrites the destination before it looks at the rules of an existing connection, so the way to the next tier is
 * open to the servers behind its VIP too.
 */
function connections({ cidrs, access, webServesHttps }: ConnectionFacts) {
  const open = [PORTS.http, ...(webServesHttps ? [PORTS.https] : [])];
  return [
    ...open.flatMap((port) => [
      ...allow("web", "ingress", "tcp", port, access.shoppers, "shoppers' connections, passed on by the balancer"),
      ...allow("web", "ingress", "tcp", port, [cidrs.web], "the balancer's checks, from the web subnet"),
    ]),
    ...allow("web", "egress", "tcp", PORTS.http, [cidrs.app], "next tier: the app balancer, and the servers behind it"),
  ];
}

export const web: Feature = {
  names: ["web"],
  groups: ({ web: section }) => [countedGroup({ key: "web", name: "web", tier: "web", section }, section.image)],
  connections: (facts) => (facts.balanced === "connections" ? connections(facts) : requests(facts)),
  image: ({ access: { limits } }) =>
    webRole({
      flavor: ANY_FLAVOR,
      appVip: "",
      hsts: undefined,
      staticUrl: undefined,
      cache: 0,
      backoffice: [],
      limits,
      clients: { come: "directly", certificate: undefined },
    }),
};
