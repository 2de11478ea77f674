/** What a balancer listens on and what stands behind it, as plain data; one way for requests, one for connections. */
import type * as openstack from "@pulumi/openstack";
import type { PoolConfig } from "../config/balancing-schema";
import { PORTS } from "../core/security-rule";

export interface PoolSpecArgs {
  readonly pool: PoolConfig;
  /** Who may reach the VIP, where the listener enforces it. */
  readonly allowedCidrs: readonly string[];
  /** Clients are shoppers, so that the listener is the one to say whether they came by HTTPS. */
  readonly isPublic: boolean;
  /** HTTPS, by the certificate of this Barbican reference. */
  readonly tlsContainerRef: string | undefined;
}

/** One pool with its monitor, and the listeners that lead to it. */
export interface PoolSpec {
  /** End of its parts' names. */
  readonly suffix: "" | "-https";
  /** TCP port that members answer on. */
  readonly port: number;
  readonly pool: Pick<openstack.loadbalancer.PoolArgs, "protocol" | "lbMethod" | "persistence">;
  readonly listeners: readonly ListenerPart[];
  readonly monitor: Pick<
    openstack.loadbalancer.MonitorArgs,
    "type" | "httpMethod" | "urlPath" | "expectedCodes" | "delay" | "timeout" | "maxRetries" | "maxRetriesDown"
  >;
}

export interface ListenerPart {
  readonly suffix: "" | "-https";
  readonly args: Pick<
    openstack.loadbalancer.ListenerArgs,
    "protocol" | "protocolPort" | "defaultTlsContainerRef" | "allowedCidrs" | "insertHeaders"
  >;
}

/** HTTP, and HTTPS that ends at the balancer: both lead to one pool. Plain HTTP stays, for servers to redirect. */
export function l7Pools({ pool, allowedCidrs, isPublic, tlsContainerRef }: PoolSpecArgs): PoolSpec[] {
  const shared = {
    allowedCidrs: [...allowedCidrs],
    insertHeaders: { "X-Forwarded-For": "true", ...(isPublic ? { "X-Forwarded-Proto": "true" } : {}) },
  };
  const http = { ...shared, protocol: "HTTP", protocolPort: PORTS.http };
  const https = { ...shared, protocol: "TERMINATED_HTTPS", protocolPort: PORTS.https };
  return [
    {
      suffix: "",
      port: PORTS.http,
      pool: { protocol: "HTTP", lbMethod: pool.algorithm, ...persistence(pool.persistence) },
      listeners: [
        { suffix: "", args: http },
        ...(tlsContainerRef === undefined
          ? []
          : [{ suffix: "-https" as const, args: { ...https, defaultTlsContainerRef: tlsContainerRef } }]),
      ],
      monitor: {
        ...timing(pool),
        type: "HTTP",
        httpMethod: "GET",
        urlPath: pool.monitor.path,
        expectedCodes: "200",
      },
    },
  ];
}

/** Connections passed on as they are, to the port that they came to. Members' security groups say who may come. */
export function l4Pools({ pool, https }: Pick<PoolSpecArgs, "pool"> & { readonly https: boolean }): PoolSpec[] {
  const spec = (suffix: PoolSpec["suffix"], port: number): PoolSpec => ({
    suffix,
    port,
    pool: { protocol: "TCP", lbMethod: pool.algorithm },
    listeners: [{ suffix, args: { protocol: "TCP", protocolPort: port } }],
    monitor: { ...timing(pool), type: "TCP" },
  });
  return [spec("", PORTS.http), ...(https ? [spec("-https", PORTS.https)] : [])];
}

function timing({ monitor: { delay, timeout, retries } }: PoolConfig) {
  return { delay, timeout, maxRetries: retries, maxRetriesDown: retries };
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
