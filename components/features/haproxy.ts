/** Pairs of servers with HAProxy in front of web and app, where Octavia does not balance. */
import { balancerRole } from "../cloud-init/roles/balancer";
import { allow, PORTS, type SecurityRule } from "../core/security-rule";
import { ANY_FLAVOR, type Feature, type HaproxyPairFacts, machine } from "./feature";

const PAIR = { least: 2, most: 2 };

export const haproxy: Feature = {
  names: ["web-balancer", "app-balancer"],
  groups: ({ balancing: { servers } }) =>
    servers
      ? (["web", "app"] as const).map((tier) => ({
          name: `${tier}-balancer`,
          tier,
          key: "balancing.servers",
          ...machine(servers),
          size: PAIR,
          apart: true,
        }))
      : [],
  connections: ({ haproxy: pairs }) => pairs.flatMap(pairConnections),
  image: ({ balancing }) =>
    balancerRole({
      flavor: ANY_FLAVOR,
      pool: balancing.web,
      slots: [],
      isPublic: true,
      connections: 0,
      favoured: [],
      own: { name: "", address: "" },
      peer: { name: "", address: "" },
      priority: 0,
      vip: "",
      password: "",
      certificate: undefined,
    }),
};

function pairConnections({ tier, cidr, addresses, clients, https, remembers }: HaproxyPairFacts): SecurityRule[] {
  const group = `${tier}-balancer`;
  const both = addresses.map((address) => `${address}/32`);
  const who = tier === "web" ? "shoppers' requests" : "web servers' requests";
  return [
    ...allow(group, "ingress", "tcp", PORTS.http, clients, who),
    ...(https ? allow(group, "ingress", "tcp", PORTS.https, clients, who) : []),
    ...(["ingress", "egress"] as const).flatMap((direction) => [
      ...allow(group, direction, "vrrp", undefined, both, "who of the two has the shared address"),
      ...(remembers
        ? allow(group, direction, "tcp", PORTS.haproxyPeers, both, "which client is whose, told to the other one")
        : []),
    ]),
    ...allow(group, "egress", "tcp", PORTS.http, [cidr], "requests and checks"),
    ...allow(tier, "ingress", "tcp", PORTS.http, both, `${who}, from the balancer's two servers`),
  ];
}
