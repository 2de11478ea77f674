/** The rules of HAProxy's own servers, and of the members behind them. */
import { allow, PORTS, type SecurityRule } from "./rule";

/** The two servers of one tier's balancer. */
export interface HaproxyRuleArgs {
  readonly tier: "web" | "app";
  /** CIDR of the tier, where members and balancers are. */
  readonly cidr: string;
  readonly addresses: readonly string[];
  /** Who may come. */
  readonly clients: readonly string[];
  readonly https: boolean;
  /** They tell each other which server each client uses. */
  readonly remembers: boolean;
}

export function haproxyRules({ tier, cidr, addresses, clients, https, remembers }: HaproxyRuleArgs): SecurityRule[][] {
  const part = `${tier}-balancer` as const;
  const both = addresses.map((address) => `${address}/32`);
  const who = tier === "web" ? "shoppers' requests" : "web servers' requests";
  return [
    allow(part, "ingress", "tcp", PORTS.http, clients, who),
    ...(https ? [allow(part, "ingress", "tcp", PORTS.https, clients, who)] : []),
    ...(["ingress", "egress"] as const).flatMap((direction) => [
      allow(part, direction, "vrrp", undefined, both, "who of the two has the shared address"),
      ...(remembers
        ? [allow(part, direction, "tcp", PORTS.haproxyPeers, both, "which client is whose, told to the other one")]
        : []),
    ]),
    allow(part, "egress", "tcp", PORTS.http, [cidr], "requests and checks"),
    allow(tier, "ingress", "tcp", PORTS.http, both, `${who}, from the balancer's two servers`),
  ];
}
