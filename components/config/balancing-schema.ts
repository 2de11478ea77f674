/** The `balancing` section of a stack file. */
import { z } from "zod";
import { nameOrId, serverSchema, whole } from "./values";

/** Providers of Octavia that balance connections, not requests: no HTTP, no TLS, no cookies. */
export const CONNECTION_PROVIDERS: readonly string[] = ["ovn"];
export const REQUEST_ALGORITHMS = ["ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP"] as const;
export const CONNECTION_ALGORITHM = "SOURCE_IP_PORT";

const persistenceSchema = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("none").describe("any server answers any request") }),
    z.strictObject({ type: z.literal("SOURCE_IP").describe("a client stays with a server, by its address") }),
    z.strictObject({
      type: z.literal("HTTP_COOKIE").describe("a client stays with a server, by a cookie of the balancer"),
    }),
    z.strictObject({
      type: z.literal("APP_COOKIE").describe("a client stays with a server, by a cookie of the shop"),
      cookie: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}$/, "must be a cookie name")
        .describe("name of the shop's cookie"),
    }),
  ],
  "must be none, SOURCE_IP, HTTP_COOKIE or APP_COOKIE (with `cookie`)",
);

export const monitorSchema = z.strictObject({
  path: z
    .string()
    .regex(/^\/[!-~]*$/, "must be a path such as /healthz")
    .default("/healthz")
    .describe("path that must answer 200"),
  delay: whole(1, 3600).default(10).describe("seconds between two checks"),
  timeout: whole(1, 3599).default(3).describe("seconds that a check may take; shorter than `delay`"),
  retries: whole(1, 10).default(3).describe("failed checks until a server is out, good ones until it is back"),
});

export const poolSchema = z.strictObject({
  algorithm: z
    .enum(
      [...REQUEST_ALGORITHMS, CONNECTION_ALGORITHM],
      "must be ROUND_ROBIN, LEAST_CONNECTIONS or SOURCE_IP; with provider ovn SOURCE_IP_PORT",
    )
    .optional()
    .describe(
      "how a server is chosen; default: `ROUND_ROBIN`, or with `provider: ovn` the only one that it has, `SOURCE_IP_PORT`",
    ),
  persistence: persistenceSchema
    .default({ type: "none" })
    .describe("whether a client stays with one server; refused with `provider: ovn`"),
  monitor: monitorSchema.prefault({}).describe("how the balancer checks its servers"),
});

const tlsSchema = z.strictObject({
  container: nameOrId.describe("Barbican container of type certificate, by name, or any reference that Octavia takes"),
  hsts: whole(1, 63_072_000)
    .optional()
    .describe("seconds for which browsers use HTTPS only (Strict-Transport-Security); none: the header is not sent"),
});

export const balancingSchema = z
  .strictObject({
    driver: z
      .enum(["octavia", "haproxy"], 'must be "octavia" or "haproxy"')
      .default("octavia")
      .describe("`octavia`: the cloud's balancers; `haproxy`: two servers of the store for each balancer"),
    servers: z.strictObject(serverSchema).optional().describe("servers for HAProxy; only with `driver: haproxy`"),
    slots: whole(8, 128)
      .default(32)
      .describe(
        "size of the server pool with `driver: haproxy`: addresses of each tier, for its servers and 6 that come and go",
      ),
    provider: nameOrId
      .optional()
      .describe("provider of Octavia; none: the cloud's default, or another one by name where that could be `ovn`"),
    flavor: z.uuid("must be the id of an Octavia flavor").optional().describe("flavor of Octavia, by id"),
    zone: nameOrId.optional().describe("availability zone of Octavia"),
    tls: tlsSchema.optional().describe("HTTPS for shoppers, and a redirect from HTTP to it; none: plain HTTP"),
    web: poolSchema.prefault({}).describe("the pool of web servers"),
    app: poolSchema.prefault({}).describe("the pool of app servers"),
  })
  .transform((own) => {
    const algorithm = balancesConnections(own) ? CONNECTION_ALGORITHM : "ROUND_ROBIN";
    const settled = (pool: z.output<typeof poolSchema>) => ({ ...pool, algorithm: pool.algorithm ?? algorithm });
    return { ...own, web: settled(own.web), app: settled(own.app) };
  });

export type BalancingConfig = z.output<typeof balancingSchema>;
export type PoolConfig = BalancingConfig["web"];

/** Whether balancers pass connections on as they are: members then see the client's own address, and end TLS. */
export function balancesConnections({ driver, provider }: Kind): boolean {
  return driver !== "haproxy" && provider !== undefined && CONNECTION_PROVIDERS.includes(provider);
}

interface Kind {
  readonly driver?: "octavia" | "haproxy" | undefined;
  readonly provider?: string | undefined;
}

/** Addresses of a tier that its balancers look at, where those are HAProxy's; undefined: members are told to Octavia. */
export function slotsOf({ driver, slots }: Pick<BalancingConfig, "driver" | "slots">): number | undefined {
  return driver === "haproxy" ? slots : undefined;
}

/** Whether servers of ours end TLS, and so need the private key: the web servers, or HAProxy's. */
export function tlsOnServers(balancing: Pick<BalancingConfig, "driver" | "provider" | "tls">): boolean {
  return balancing.tls !== undefined && (balancing.driver === "haproxy" || balancesConnections(balancing));
}

/** Scheme of the shop's address. */
export function schemeOf({ tls }: Pick<BalancingConfig, "tls">): "http" | "https" {
  return tls === undefined ? "http" : "https";
}
