/** What parts of a store cost, by the price table of its stack file. Plain arithmetic: for the estimate and for policies. */

import { DEFAULT_TYPE, type Prices } from "../config/schema";
import type { Flavor } from "../core/flavor";

/** What cloud bills call a month. */
export const HOURS_A_MONTH = 730;

const MIB_A_GIB = 1024;

/** All prices are those of an hour, in the table's currency. What has no price counts nothing, and is named. */
export class PriceList {
  private readonly lacking = new Set<string>();

  /** @param flavors the flavors that servers use, as the cloud has them */
  constructor(
    private readonly prices: Prices,
    private readonly flavors: readonly Pick<Flavor, "name" | "vcpus" | "ram">[],
  ) {}

  /** @param flavor by name */
  server(flavor: string): number {
    const size = this.flavors.find(({ name }) => name === flavor);
    if (!size) return this.without(`servers of flavor ${flavor}`);
    return size.vcpus * this.prices.vcpu + (size.ram / MIB_A_GIB) * this.prices.ram;
  }

  /**
   * @param size GiB
   * @param type one without a price of its own costs what volumes without a type do: it may be the cloud's default
   */
  volume(size: number, type = DEFAULT_TYPE): number {
    const price = this.prices.volume[type] ?? this.prices.volume[DEFAULT_TYPE];
    return price === undefined ? this.without(`volumes of type ${type}`) : size * price;
  }

  get balancer(): number {
    return this.prices.balancer;
  }

  get address(): number {
    return this.prices.address;
  }

  /** What was asked for and has no price, so far. */
  get unpriced(): readonly string[] {
    return [...this.lacking];
  }

  private without(what: string): 0 {
    this.lacking.add(what);
    return 0;
  }
}
