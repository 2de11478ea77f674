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
    z.strictObject({ type: z.literal("none") }),
    z.strictObject({ type: z.literal("SOURCE_IP") }),
    z.strictObject({ type: z.literal("HTTP_COOKIE") }),
    z.strictObject({
      type: z.literal("APP_COOKIE"),
      cookie: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be a cookie name"),
    }),
  ],
  "must be none, SOURCE_IP, HTTP_COOKIE or APP_COOKIE (with `cookie`)",
);

export const monitorSchema = z.strictObject({
  path: z
    .string()
    .regex(/^\/[!-~]*$/, "must be a path such as /healthz")
    .default("/healthz"),
  delay: whole(1, 3600).default(10).describe("seconds between two checks"),
  timeout: whole(1, 3599).default(3).describe("seconds; shorter than the delay"),
  retries: whole(1, 10).default(3).describe("failed checks until a server is out, good ones until it is back"),
});

export const poolSchema = z.strictObject({
  algorithm: z
    .enum(
      [...REQUEST_ALGORITHMS, CONNECTION_ALGORITHM],
      "must be ROUND_ROBIN, LEAST_CONNECTIONS or SOURCE_IP; with provider ovn SOURCE_IP_PORT",
    )
    .optional()
    .describe("default: ROUND_ROBIN; with provider ovn the only one that it has, SOURCE_IP_PORT"),
  persistence: persistenceSchema.default({ type: "none" }),
  monitor: monitorSchema.prefault({}),
});

const tlsSchema = z.strictObject({
  container: nameOrId.describe("Barbican container of type certificate, by name; or any reference Octavia takes"),
  hsts: whole(1, 63_072_000)
    .optional()
    .describe("seconds for which browsers shall come by HTTPS only (Strict-Transport-Security); none: not said"),
});

export const balancingSchema = z
  .strictObject({
    driver: z
      .enum(["octavia", "haproxy"], 'must be "octavia" or "haproxy"')
      .default("octavia")
      .describe("octavia: the cloud's balancers; haproxy: two servers of our own for each"),
    servers: z.strictObject(serverSchema).optional().describe("what HAProxy runs on; only with driver haproxy"),
    slots: whole(8, 128)
      .default(32)
      .describe("addresses of a tier that HAProxy looks at: servers, and 6 for those that come and go"),
    provider: nameOrId.optional().describe("Octavia provider; none: the cloud's default, which must have HTTP"),
    flavor: z.uuid("must be the id of an Octavia flavor").optional().describe("Octavia flavor, by id"),
    zone: nameOrId.optional().describe("Octavia availability zone"),
    tls: tlsSchema.optional().describe("HTTPS for shoppers, and a redirect to it; none: plain HTTP"),
    web: poolSchema.prefault({}),
    app: poolSchema.prefault({}),
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
