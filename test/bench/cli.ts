/**
 * `npm run bench:store`: what the web and app tiers do, beside the set-up that this project began with (Apache prefork,
 * mod_proxy, mod_php, Debian's defaults), on the same processors in the same run, with the same release and data.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../toolchain/paths";
import { machinesWork } from "../support/roots";
import { installWrk, type Load, load, type Result } from "./load";
import { SPACES, type StoreName, Stores, urlOf } from "./stores";
import { type Row, rowOf, table } from "./table";
import {
  type Catalogue,
  catalogueOf,
  lookAtPages,
  type Page,
  requestsOf,
  shopper,
  VISITORS,
  type Visitors,
} from "./visitors";

/** Sessions of returning visitors. */
const SHOPPERS = 8;
/** Seconds. */
const WARM_UP = 2;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "16" },
    cache: { type: "string" },
  },
});

const ARGS: Load = { seconds: Number(options.seconds), connections: Number(options.connections) };

/** What is measured: each page for each kind of visitor, and all pages for the mixture. */
const cellsOf = (catalogue: Catalogue) =>
  VISITORS.flatMap((visitors): Cell[] => {
    if (visitors === "mixed") return [{ visitors, name: "all", pages: catalogue.pages }];
    return catalogue.pages.map((page) => ({ visitors, name: page.name, pages: [page] }));
  });

interface Cell {
  readonly visitors: Visitors;
  readonly name: string;
  readonly pages: readonly Page[];
}

async function shoppersOf(stores: Stores, catalogue: Catalogue, store: StoreName): Promise<readonly string[]> {
  const cookies: string[] = [];
  while (cookies.length < SHOPPERS) cookies.push(await shopper(stores.wire, urlOf(store), catalogue));
  await lookAtPages(stores.wire, urlOf(store), catalogue, cookies[0] ?? "");
  return cookies;
}

async function measure(stores: Stores, folder: string): Promise<void> {
  const catalogue = catalogueOf(stores.release);
  const cookies = {
    ours: await shoppersOf(stores, catalogue, "ours"),
    seed: await shoppersOf(stores, catalogue, "seed"),
  };
  const about = `${stores.release.name}; ${ARGS.connections} connections, ${options.rounds} rounds of ${ARGS.seconds} s each, ${cpus().length} processors`;
  process.stdout.write(`${about}\n`);
  const loads: number[] = [];
  const rows: Row[] = [];
  for (const { visitors, name, pages } of cellsOf(catalogue)) {
    const ask = (store: StoreName, seconds: number) =>
      load(urlOf(store), requestsOf(visitors, pages, cookies[store]), { ...ARGS, seconds }, folder, SPACES[store]);
    const ours: Result[] = [];
    const seed: Result[] = [];
    await ask("ours", WARM_UP);
    await ask("seed", WARM_UP);
    for (let round = 0; round < Number(options.rounds); round += 1) {
      ours.push(await ask("ours", ARGS.seconds));
      seed.push(await ask("seed", ARGS.seconds));
      loads.push(loadavg()[0] ?? 0);
    }
    rows.push(rowOf(visitors, name, ours, seed));
    process.stdout.write(`${table(rows.slice(-1), rows.length === 1)}\n`);
  }
  const during = `${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`;
  const artefacts = path.join(ROOT, ".test-artefacts");
  await mkdir(artefacts, { recursive: true });
  await writeFile(path.join(artefacts, "bench.json"), JSON.stringify({ about, load: during, rows }, null, 1));
  process.stdout.write(`\nload average ${during}; kept in .test-artefacts/bench.json\n`);
}

async function main(): Promise<void> {
  if (!(await machinesWork())) return;
  await installWrk();
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-load-"));
  const stores = await Stores.create(options.cache === undefined ? undefined : Number(options.cache));
  try {
    await measure(stores, folder);
  } finally {
    await stores.remove();
    await rm(folder, { recursive: true });
  }
}

main().catch((cause: Error) => {
  process.stderr.write(`${cause.message}\n`);
  process.exitCode = 1;
});
