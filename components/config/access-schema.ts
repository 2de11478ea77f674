/** The section `access`. */
import { z } from "zod";
import { parseCidr } from "../core/cidr";
import { cidr, distinct, whole } from "./values";

const adminCidr = cidr.refine(
  (text) => (parseCidr(text)?.prefix ?? 32) >= 8,
  "must be /8 or longer: SSH is never open to the world",
);
/** Limits of one client at one web server; several shoppers may come from one address. */
const limitsSchema = z.strictObject({
  logins: whole(0, 10_000)
    .default(20)
    .describe("attempts to log in within 5 minutes, in the back office too; 0: no limit"),
  pages: whole(0, 100_000)
    .default(600)
    .describe("requests to the shop within a minute, without files and shared pages; 0: no limit"),
  atOnce: whole(0, 10_000).default(50).describe("requests to the shop at the same time; 0: no limit"),
  connections: whole(0, 10_000)
    .default(100)
    .describe("open connections; 0: no limit; without effect behind L7 balancers of Octavia"),
});

/** Connections between the store and the world outside. */
export const accessSchema = z.strictObject({
  shoppers: distinct(cidr)
    .min(1, "must name at least one CIDR")
    .default(["0.0.0.0/0"])
    .describe("clients that may reach the store"),
  admins: distinct(adminCidr)
    .default([])
    .describe("clients that may open SSH to the servers, each /8 or longer; none: nobody"),
  backoffice: distinct(cidr)
    .optional()
    .describe(
      "clients that may open `/admin` and OpenCart's API, if `shoppers` has them too; others get 403; default: as `access.admins`; empty: nobody; the world only if you write it",
    ),
  firewall: z
    .enum(["stateful", "stateless"])
    .optional()
    .describe(
      "a firewall of FWaaS v2 at the router of web and app, with the rules of the security groups; `stateful` where Neutron's driver remembers connections (L3 agent), `stateless` where it does not (OVN); default: none",
    ),
  limits: limitsSchema
    .prefault({})
    .describe(
      "limits of one client at one web server; beyond them the answer is 429 with `Retry-After`; in the back office only `logins` counts",
    ),
  packages: distinct(cidr).default([]).describe("package mirrors that servers may reach on ports 80 and 443"),
  services: distinct(cidr)
    .default([])
    .describe(
      "OpenStack endpoints that servers may reach on port 443; with `shop.media` in Swift on the endpoints' own ports",
    ),
  ntp: distinct(cidr).default([]).describe("time servers that servers may reach on port 123"),
  mail: distinct(cidr).default([]).describe("the mail relay, which app servers alone may reach on its port"),
  payments: distinct(cidr).default([]).describe("payment gateways, which app servers alone may reach on port 443"),
});

export type Limits = z.output<typeof limitsSchema>;
export type AccessConfig = z.output<typeof accessSchema>;

/** CIDRs that may open administration and API. */
export function backofficeOf({ backoffice, admins }: Pick<AccessConfig, "backoffice" | "admins">): readonly string[] {
  return backoffice ?? admins;
}
