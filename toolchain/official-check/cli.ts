/**
 * `npm run toolchain:official-check [-- --without-lab]`, on a machine that reaches Pulumi's downloads: fetches engine and plugins
 * into a folder of their own and compares them with what is built from source. The last line says PASS or FAIL.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DOWNLOADS } from "../ensure";
import { fail } from "../progress";
import { officialCheck } from "./check";
import { builtWay, officialWay } from "./ways";

const WITHOUT_LAB = "--without-lab";

async function main(args: readonly string[]): Promise<void> {
  const unknown = args.find((arg) => arg !== WITHOUT_LAB);
  if (unknown) throw new Error(`there is no option ${unknown}; there is ${WITHOUT_LAB}`);
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-official-"));
  try {
    const well = await officialCheck({
      downloads: DOWNLOADS,
      built: builtWay,
      official: officialWay(),
      lab: !args.includes(WITHOUT_LAB),
      folder,
      print: (line) => process.stdout.write(`${line}\n`),
    });
    if (!well) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch(fail);
