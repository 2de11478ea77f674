/** `npm run estimate [-- STACK] [--json]`: what a stack file costs, before `up`. Looks up flavors, and changes nothing. */

import type { StoreConfig } from "../../components/config/schema";
import type { Flavor } from "../../components/core/flavor";
import { ensureToolchain } from "../../toolchain/ensure";
import { fail } from "../../toolchain/progress";
import { CloudView } from "../doctor/cloud-view";
import { named } from "../doctor/finding";
import { signIn } from "../stack/sign-in";
import { PROJECT, readStackFile } from "../stack/stack-file";
import { type Ceiling, ceilingOf } from "./ceiling";
import { estimate, hourly, monthly, TIER_KEYS } from "./estimate";
import { table } from "./table";

async function main(args: readonly string[]): Promise<void> {
  const [stack = "dev"] = args.filter((argument) => !argument.startsWith("--"));
  const { name, provider, config } = await readStackFile(stack, ["prices"]);
  const { prices } = config;
  if (!prices) throw new Error(`${name} has no prices`);
  const env = await ensureToolchain();
  Object.assign(process.env, env);
  const flavors = await new CloudView(await signIn(provider, env)).flavors();
  requireFlavors(config, flavors);

  const lines = estimate(config, prices, flavors);
  const [perHour, perMonth, ceiling] = [hourly(lines), monthly(hourly(lines)), await ceilingOf(stack)];
  if (args.includes("--json")) {
    const bill = { currency: prices.currency, lines, hourly: perHour, monthly: perMonth, ceiling: ceiling?.amount };
    process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);
  } else {
    process.stdout.write(`${name}, in ${prices.currency}\n\n${table(lines)}\n`);
    if (ceiling) process.stdout.write(`\n${verdict(ceiling, perMonth.most)}\n`);
  }
  if (ceiling && perMonth.most > ceiling.amount) process.exitCode = 1;
}

function requireFlavors(config: StoreConfig, flavors: readonly Flavor[]): void {
  const names = flavors.map(({ name }) => name);
  const { servers } = config.balancing;
  const wrong = [
    ...TIER_KEYS.map((tier) => ({ key: `${tier}.flavor`, flavor: config[tier].flavor })),
    ...(servers ? [{ key: "balancing.servers.flavor", flavor: servers.flavor }] : []),
  ]
    .map(({ key, flavor }) => named(key, flavor, names))
    .filter(({ state }) => state === "wrong");
  if (wrong.length === 0) return;
  const list = wrong.map(({ key, text }) => `  ${PROJECT}:${key}: ${text}`).join("\n");
  throw new Error(`the cloud does not have the flavors that the stack file names:\n${list}`);
}

function verdict({ file, amount }: Ceiling, most: number): string {
  const share = `the ceiling of ${file} is ${amount} a month`;
  return most > amount
    ? `TOO MUCH: ${share}, and the store at its largest costs ${most.toFixed(2)}`
    : `${share}; the store at its largest takes ${Math.round((most / amount) * 100)} % of it`;
}

main(process.argv.slice(2)).catch(fail);
