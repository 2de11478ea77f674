/** The section `services`: parts of the shop that have servers of their own. */
import { z } from "zod";
import { isWildcard, PATTERN, pattern, ROUTES, SERVICES, type Service } from "../core/services";
import { groupScalingSchema } from "./scaling-schema";
import { distinct, ipv4, serverSchema, whole } from "./values";

const route = z
  .string()
  .regex(PATTERN, "must be the beginning of a path, such as /image, or of OpenCart's route, such as product/search")
  .refine(
    (text) => !PATTERN.test(text) || !pattern(text).words.every(isWildcard),
    "must have a word that is no wildcard, or it would be the whole shop",
  )
  .meta({ title: "path or route" });

const limitsSchema = z.strictObject({
  connections: whole(1, 10_000)
    .optional()
    .describe(
      "requests to the service at the same time from one web server; beyond them the answer is 503 with `Retry-After`; default: what the web server takes at once, divided by the number of services and one",
    ),
  seconds: whole(1, 30).default(30).describe("seconds that a page of the service may take; the answer then is 504"),
});

const { flavor, rootDisk } = serverSchema;
const serviceSchema = z.strictObject({
  flavor,
  rootDisk,
  count: whole(1, 100).default(2).describe("number of servers; without effect with `scaling.mode: auto`"),
  scaling: groupScalingSchema.default({ mode: "static" }).describe("how the number of servers is set"),
  routes: distinct(route)
    .min(1, "must have at least one")
    .optional()
    .describe("which pages are the service's; none: those that docs/services.md lists for it"),
  address: ipv4.optional().describe("VIP of the service's balancer; none: a fixed one of the app subnet"),
  fallback: z
    .enum(["none", "app"], 'must be "none" or "app"')
    .default("none")
    .describe("who answers when the service has no server left: `none`, which is a short page, or the app servers"),
  limits: limitsSchema.prefault({}).describe("what the service may take of each web server"),
});

const MEANINGS: Readonly<Record<Service, string>> = {
  browse: "categories, manufacturers, special offers",
  search: "search by keywords",
  item: "a product's page, and its reviews",
  image: "pictures and thumbnails",
  recommendation: "products related to another one",
  cart: "the cart",
  checkout: "checkout and payment",
  ship: "orders, returns and subscriptions of a customer",
};

const service = (name: Service) => serviceSchema.optional().describe(MEANINGS[name]);

export const servicesSchema = z.strictObject({
  browse: service("browse"),
  search: service("search"),
  item: service("item"),
  image: service("image"),
  recommendation: service("recommendation"),
  cart: service("cart"),
  checkout: service("checkout"),
  ship: service("ship"),
} satisfies Record<Service, z.ZodType>);

export type ServicesConfig = z.output<typeof servicesSchema>;
export interface ServiceConfig extends z.output<typeof serviceSchema> {
  readonly routes: string[];
}

/** The services that have servers of their own, in one order for all. */
export function servicesOf({ services }: { readonly services: ServicesConfig }): [Service, ServiceConfig][] {
  return SERVICES.flatMap((name): [Service, ServiceConfig][] => {
    const section = services[name];
    return section ? [[name, { ...section, routes: section.routes ?? [...ROUTES[name]] }]] : [];
  });
}
