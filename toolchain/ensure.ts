/**
 * Makes `pulumi` and its plugins available: the official downloads where they can be reached, and otherwise the same
 * engine, host and plugins built from source. Run as a program it prepares and says what it did; with `--print-env`
 * it prints the environment as JSON.
 */
import { existsSync } from "node:fs";
import { link, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  ENGINE_VERSION,
  engine,
  ensurePart,
  languageHost,
  openstackPlugin,
  PROVIDERS,
  type Provider,
  randomPlugin,
  script,
  yamlHost,
} from "./parts";
import { CACHE, packageVersion } from "./paths";
import { fail, say } from "./progress";

/** Variables to set for pulumi and for what starts it. */
export type ToolchainEnv = Readonly<Record<string, string>>;
type Way = "official" | "source";

export const DOWNLOADS = "https://get.pulumi.com/install.sh";
const PATIENCE_MS = 5_000;
/** Before anything put a plugin in front of it. */
const ORIGINAL_PATH = process.env.PATH ?? "";
const DECISION = path.join(CACHE, "toolchain", "decision.json");

/**
 * @param chosen version of the OpenStack provider; default: what OPENSTACK_PROVIDER says, or else the newest where plugins
 *   are built, and the official one where it is downloaded
 * @throws Error saying what is missing and where to get it
 */
export async function ensureToolchain(chosen = chosenProvider()): Promise<ToolchainEnv> {
  if ((await decide()) === "source") return builtToolchain(chosen ?? "newest");
  // The engine takes a plugin that it finds on PATH before one that it would download, and says so.
  const before = chosen === "newest" ? `${await ensurePart(openstackPlugin("newest"))}:` : "";
  return { PULUMI_SKIP_UPDATE_CHECK: "1", PATH: `${before}${ORIGINAL_PATH}` };
}

/** Everything built from Go modules, whether it could be downloaded or not. */
export async function builtToolchain(provider: Provider): Promise<ToolchainEnv> {
  return {
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_HOME: await sourceHome(provider),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
  };
}

function chosenProvider(): Provider | undefined {
  const { OPENSTACK_PROVIDER: chosen } = process.env;
  if (!chosen) return undefined;
  const provider = PROVIDERS.find((known) => known === chosen);
  if (!provider) throw new Error(`toolchain: OPENSTACK_PROVIDER is "${chosen}"; it must be "official" or "newest"`);
  return provider;
}

/** TOOLCHAIN=official|source forces a way; otherwise one attempt decides, and is remembered for the engine's version. */
async function decide(): Promise<Way> {
  const forced = process.env.TOOLCHAIN;
  if (forced === "official" || forced === "source") return forced;
  if (forced) throw new Error(`toolchain: TOOLCHAIN is "${forced}"; it must be "official" or "source"`);
  const remembered = await readFile(DECISION, "utf8").catch(() => "{}");
  const { version, way }: { version?: string; way?: Way } = JSON.parse(remembered);
  if (version === ENGINE_VERSION && way) return way;
  const reachable = await fetch(DOWNLOADS, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE_MS) })
    .then((answer) => answer.ok)
    .catch(() => false);
  const decided: Way = reachable ? "official" : "source";
  say(
    reachable
      ? "Pulumi's downloads can be reached: the official engine and plugins are used"
      : "Pulumi's downloads cannot be reached: engine and plugins are built from Go modules (TOOLCHAIN=official forces another try)",
  );
  await mkdir(path.dirname(DECISION), { recursive: true });
  await writeFile(DECISION, JSON.stringify({ version: ENGINE_VERSION, way: decided }));
  return decided;
}

/** A PULUMI_HOME whose engine and plugins are the built parts. */
async function sourceHome(provider: Provider): Promise<string> {
  const parts = {
    engine: await ensurePart(engine),
    openstack: await ensurePart(openstackPlugin(provider)),
    host: await ensurePart(languageHost),
    random: await ensurePart(randomPlugin),
  };
  const key = Object.values(parts)
    .map((folder) => folder.split("-").at(-1)?.slice(0, 6))
    .join("");
  const home = path.join(CACHE, "toolchain", `home-${key}`);
  if (existsSync(home)) return home;
  const unfinished = `${home}.${process.pid}`;
  const bin = path.join(unfinished, "versions", ENGINE_VERSION, "bin");
  await mkdir(bin, { recursive: true });
  // A hard link: the engine looks for its language hosts beside the file that it really is.
  await link(path.join(parts.engine, "pulumi"), path.join(bin, "pulumi"));
  await symlink(path.join(parts.host, "pulumi-language-nodejs"), path.join(bin, "pulumi-language-nodejs"));
  await script(
    path.join(bin, "pulumi-resource-pulumi-nodejs"),
    // The engine starts it in the program's folder, whose SDK has the provider.
    `exec node "$(node -p 'require.resolve("@pulumi/pulumi/cmd/dynamic-provider", { paths: [process.cwd()] })')" "$@"`,
  );
  await plugin(unfinished, "openstack", packageVersion("@pulumi/openstack"), parts.openstack);
  await plugin(unfinished, "random", packageVersion("@pulumi/random"), parts.random);
  await rename(unfinished, home).catch(() => rm(unfinished, { recursive: true, force: true }));
  return home;
}

/**
 * Beside the engine, the language host of YAML programs: only for those who ask, since everyone else would build it in
 * vain. Where Pulumi is downloaded it is there already.
 */
export async function ensureYamlHost(): Promise<ToolchainEnv> {
  const env = await ensureToolchain();
  if (!env.PULUMI_HOME) return env;
  const name = "pulumi-language-yaml";
  const place = path.join(env.PULUMI_HOME, "versions", ENGINE_VERSION, "bin", name);
  const part = await ensurePart(yamlHost);
  if (existsSync(place)) return env;
  await rm(place, { force: true });
  await symlink(path.join(part, name), place);
  return env;
}

async function plugin(home: string, name: string, version: string, part: string): Promise<void> {
  const folder = path.join(home, "plugins", `resource-${name}-v${version}`);
  await mkdir(folder, { recursive: true });
  await symlink(path.join(part, `pulumi-resource-${name}`), path.join(folder, `pulumi-resource-${name}`));
}

if (require.main === module) {
  ensureToolchain()
    .then((env) => {
      if (process.argv.includes("--print-env")) process.stdout.write(`${JSON.stringify(env)}\n`);
      else say(`pulumi ${ENGINE_VERSION} is ready${env.PULUMI_HOME ? ` in ${env.PULUMI_HOME}` : ""}`);
    })
    .catch(fail);
}
