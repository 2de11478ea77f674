import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { BalancingConfig, PoolConfig, Tier } from "../config/schema";
import type { Naming } from "../naming";
import { PORTS } from "../network/rules";
import type { TierNetwork } from "../network/tier-network";

export interface LoadBalancerArgs {
  readonly naming: Naming;
  readonly tier: Exclude<Tier, "db">;
  /** Octavia's provider, flavor and zone. */
  readonly octavia: Pick<BalancingConfig, "provider" | "flavor" | "zone">;
  readonly pool: PoolConfig;
  /** The members' own network: the VIP lies in it, at its plan's fixed point. */
  readonly network: TierNetwork;
  /** Certificate for HTTPS, as a Barbican reference; none: HTTP only. Plain HTTP stays, for servers to redirect. */
  readonly tlsContainerRef: string | undefined;
  /** Who may reach the VIP. Groups on a VIP port bind no amphora, so the listener enforces it. */
  readonly allowedCidrs: readonly string[];
}

/** Octavia may take its time to build amphorae; the provider's default for deleting is 5 minutes only. */
export const OCTAVIA_PATIENCE = { create: "20m", update: "20m", delete: "20m" };

/**
 * One Octavia load balancer: VIP, pool, listeners and monitor, made one after the other, since Octavia answers 409
 * to any change while another is under way.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly vipAddress: string;
  readonly vipPortId: pulumi.Output<string>;
  /** Empty: the tier's group fills it. */
  readonly pool: openstack.loadbalancer.Pool;
  /** The last of its parts: members come after it. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:balancing:LoadBalancer", name, {}, opts);
    const { naming, tier, octavia, network } = args;
    const own = { parent: this, customTimeouts: OCTAVIA_PATIENCE };
    const described = { name: naming.name(tier), description: `${tier} tier of ${naming.prefix}` };
    this.vipAddress = network.plan.fixedPoint;

    const balancer = new openstack.loadbalancer.LoadBalancer(
      name,
      {
        ...described,
        tags: naming.tags(tier),
        vipSubnetId: network.subnetId,
        vipAddress: this.vipAddress,
        ...(octavia.provider ? { loadbalancerProvider: octavia.provider } : {}),
        ...(octavia.flavor ? { flavorId: octavia.flavor } : {}),
        ...(octavia.zone ? { availabilityZone: octavia.zone } : {}),
      },
      own,
    );
    this.pool = new openstack.loadbalancer.Pool(
      name,
      {
        ...described,
        // Not the listener's own, so that listeners may come and go.
        loadbalancerId: balancer.id,
        protocol: "HTTP",
        lbMethod: args.pool.algorithm,
        ...persistence(args.pool.persistence),
      },
      own,
    );
    const listen = (
      suffix: string,
      after: pulumi.Resource,
      front: Pick<openstack.loadbalancer.ListenerArgs, "protocol" | "protocolPort" | "defaultTlsContainerRef">,
    ) =>
      new openstack.loadbalancer.Listener(
        `${name}${suffix}`,
        {
          name: `${described.name}${suffix}`,
          description: described.description,
          tags: naming.tags(tier),
          loadbalancerId: balancer.id,
          defaultPoolId: this.pool.id,
          allowedCidrs: [...args.allowedCidrs],
          insertHeaders: { "X-Forwarded-For": "true", "X-Forwarded-Proto": "true" },
          ...front,
        },
        { ...own, dependsOn: [after] },
      );
    const http = listen("", this.pool, { protocol: "HTTP", protocolPort: PORTS.http });
    const last =
      args.tlsContainerRef === undefined
        ? http
        : listen("-https", http, {
            protocol: "TERMINATED_HTTPS",
            protocolPort: PORTS.https,
            defaultTlsContainerRef: args.tlsContainerRef,
          });
    const { path, delay, timeout, retries } = args.pool.monitor;
    this.ready = new openstack.loadbalancer.Monitor(
      name,
      {
        name: naming.name(tier),
        poolId: this.pool.id,
        type: "HTTP",
        httpMethod: "GET",
        urlPath: path,
        expectedCodes: "200",
        delay,
        timeout,
        maxRetries: retries,
        maxRetriesDown: retries,
      },
      { ...own, dependsOn: [last], deletedWith: this.pool },
    );
    this.id = balancer.id;
    this.vipPortId = balancer.vipPortId;
    this.registerOutputs({ id: this.id, vipAddress: this.vipAddress, poolId: this.pool.id });
  }
}

/** Octavia knows no "none": it is the absence of the property. */
function persistence(config: PoolConfig["persistence"]) {
  switch (config.type) {
    case "none":
      return {};
    case "SOURCE_IP":
    case "HTTP_COOKIE":
      return { persistence: { type: config.type } };
    case "APP_COOKIE":
      return { persistence: { type: config.type, cookieName: config.cookie } };
    default:
      return config satisfies never;
  }
}
