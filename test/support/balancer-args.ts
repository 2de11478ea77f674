/** Two balancers of a public tier, with slots for its members. */
import { type BalancerRoleArgs, balancerRole } from "../../components/cloud-init/roles/balancer";
import { poolSchema } from "../../components/config/balancing-schema";
import { poolAddresses } from "../../components/core/address-plan";
import { FLAVOR } from "./role-args";

export const VIP = "10.20.0.9";
export const SLOTS = poolAddresses("10.20.0.0/24", 16);
export const NODES = [
  { name: "balancer-1", address: "10.20.0.11" },
  { name: "balancer-2", address: "10.20.0.12" },
] as const;
export const PASSWORD = "Shared.by.the.two.1";

/** @param pool as a stack file says it */
export const poolOf = (pool: object): BalancerRoleArgs["pool"] => ({
  ...poolSchema.parse({ monitor: { delay: 3, timeout: 1, retries: 2 }, ...pool }),
  algorithm: "ROUND_ROBIN",
});

interface Wanted {
  /** Which of the two; default: the first. */
  readonly index?: 0 | 1;
  readonly pool?: object;
  readonly certificate?: BalancerRoleArgs["certificate"];
}

export const balancer = ({ index = 0, pool = {}, certificate }: Wanted = {}) =>
  balancerRole({
    flavor: FLAVOR,
    own: NODES[index],
    peer: NODES[index === 0 ? 1 : 0],
    priority: 100 - index,
    vip: VIP,
    password: PASSWORD,
    pool: poolOf(pool),
    slots: SLOTS,
    isPublic: true,
    connections: 100,
    favoured: [],
    certificate,
  });
