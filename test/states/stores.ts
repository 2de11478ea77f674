/** The kinds of stores whose states are kept: each has resources that the others lack. */
import { ONE_EACH, SMALLEST } from "../support/stack-files";

export interface StoreKind {
  readonly stackFile: "Pulumi.dev.yaml" | "Pulumi.prod.yaml";
  /** Keys that replace those of the stack file. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Servers of the lab's profile api never boot, and are not waited for. */
const NOT_WAITING = { "ecommerce:boot": { handover: 0 } };
const TLS = { container: "storefront", hsts: 31_536_000 };
/** Where the APIs are in profile api. */
const ACCESS = { packages: ["198.51.100.1/32"], services: ["127.0.0.1/32"] };
const BAKED_DATABASE = { ...SMALLEST.database, volume: { size: 10, onDestroy: "delete" } };

export const STORES: Readonly<Record<string, StoreKind>> = {
  dev: { stackFile: "Pulumi.dev.yaml", config: NOT_WAITING },
  /** Elastic groups, TLS by Octavia, a protected volume. */
  prod: { stackFile: "Pulumi.prod.yaml", config: NOT_WAITING },
  ovn: {
    stackFile: "Pulumi.dev.yaml",
    config: {
      ...ONE_EACH,
      "ecommerce:boot": { handover: 0, mode: "image" },
      "ecommerce:database": BAKED_DATABASE,
      "ecommerce:balancing": { provider: "ovn", tls: TLS },
    },
  },
  haproxy: {
    stackFile: "Pulumi.dev.yaml",
    config: {
      ...ONE_EACH,
      ...NOT_WAITING,
      "ecommerce:balancing": { driver: "haproxy", servers: { image: "debian-12", flavor: "m1.small" }, tls: TLS },
    },
  },
  media: {
    stackFile: "Pulumi.dev.yaml",
    config: {
      ...ONE_EACH,
      ...NOT_WAITING,
      "ecommerce:shop": { media: { driver: "swift", versions: {} }, publicStatic: true },
      "ecommerce:access": ACCESS,
    },
  },
  /** Two database servers and the keeper of backups. */
  pair: {
    stackFile: "Pulumi.dev.yaml",
    config: {
      ...ONE_EACH,
      ...NOT_WAITING,
      "ecommerce:access": ACCESS,
      "ecommerce:database": {
        ...BAKED_DATABASE,
        mode: "pair",
        egress: true,
        backups: { image: "debian-12", flavor: "m1.small" },
      },
    },
  },
};
