/** The store that the suite visits: OpenCart on a store of the lab, or on one that stands already, for work on the suite itself. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "playwright-core";
import { openBrowser } from "../../commands/open/browser";
import { shopRelease } from "../../commands/store/release";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { timed } from "../support/figures";
import { type FullStore, fullStore, obstacle } from "../support/full-lab";

/** Screenshots, and what is uploaded. */
export const ARTEFACTS = path.join(ROOT, ".test-artefacts/opencart");

/** This machine, as servers of the lab reach it. */
const HOST = "198.51.100.2";
/** Where the suite takes the shop's mail, when it listens. */
export const RELAY = { host: HOST, port: 2525 } as const;
/** What the suite's stores have beside the stack file. */
export const SECTIONS = {
  access: { backoffice: ["198.51.100.2/32"], mail: [`${HOST}/32`] },
  shop: { mail: { ...RELAY, tls: "none", from: "shop@example.com" } },
} as const;

export interface Visited {
  /** With the slash. */
  readonly url: string;
  readonly adminPassword: string;
  /** None: somebody's own, which STORE_URL names. */
  readonly full?: FullStore;
}

/** Servers that this project made, of which each runs the same release as the others. */
export const isOnOurStore = ({ full }: Visited): boolean => full !== undefined;

export function skipSuite(suite: Mocha.Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  return suite.skip();
}

/** Skips the suite and says so when there is no OpenCart to run; or else says which one it is. */
export async function needOpenCart(suite: Mocha.Context): Promise<void> {
  const { OPENCART_ARCHIVE: archive } = process.env;
  if (!archive) skipSuite(suite, "OPENCART_ARCHIVE names no release of OpenCart");
  const { name, sha256 } = await shopRelease("");
  const version = await versionIn(String(archive));
  console.log(`      release: ${name}, version ${version}, SHA-256 ${sha256}`);
}

/** VERSION of the code in a release's archive. */
export async function versionIn(archive: string): Promise<string> {
  const read = "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read('upload/index.php').decode())";
  const { stdout } = await run("python3", ["-c", read, archive]);
  const version = /define\('VERSION', '([^']+)'\)/.exec(stdout)?.[1];
  assert.ok(version, `${archive} has no VERSION in upload/index.php`);
  return version;
}

/** Before the tests of a suite, the store and a browser; without OpenCart, servers that boot or a browser it is skipped. */
export function withOpenCart(use: (store: Visited, browser: Browser) => void): void {
  let browser: Browser | undefined;
  before(async function () {
    this.timeout("20m");
    await needOpenCart(this);
    const given = givenStore();
    const reason = given ? "" : await obstacle();
    if (reason) skipSuite(this, reason);
    const opened = await openBrowser().catch((cause: Error) => skipSuite(this, cause.message));
    browser = opened;
    await mkdir(ARTEFACTS, { recursive: true });
    use(given ?? (await builtStore()), opened);
  });
  after(() => browser?.close());
}

/** Before the tests of a suite that asks the servers themselves, the store on the lab. */
export function withServers(use: (store: FullStore) => void | Promise<void>): void {
  before(async function () {
    this.timeout("20m");
    await needOpenCart(this);
    if (givenStore()) skipSuite(this, "it asks servers of the lab, and STORE_URL names another store");
    const reason = await obstacle();
    if (reason) skipSuite(this, reason);
    await use(await timed("the store that runs OpenCart is up", () => fullStore(SECTIONS)));
  });
}

function givenStore(): Visited | undefined {
  const { STORE_URL: url, STORE_ADMIN_PASSWORD: adminPassword = "" } = process.env;
  return url ? { url, adminPassword } : undefined;
}

async function builtStore(): Promise<Visited> {
  return visited(await timed("the store that runs OpenCart is up", () => fullStore(SECTIONS)));
}

export function visited(full: FullStore): Visited {
  const [adminPassword] = Object.values<string>(full.outputs.adminPasswords?.value ?? {});
  assert.ok(adminPassword, "the stack has no output adminPasswords");
  return { url: full.url, adminPassword, full };
}
