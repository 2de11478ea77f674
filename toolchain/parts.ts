/**
 * The parts that are built where they cannot be downloaded. Each is kept in a folder of its own, named by a hash of
 * what it is made of, so that a change of one rebuilds only that one.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { CACHE, packageFile, packageVersion, ROOT } from "./paths";
import { step } from "./progress";
import { run } from "./run";
import { readTokens } from "./tokens";

export const ENGINE_VERSION = packageVersion("pulumi");
const PARTS = path.join(CACHE, "toolchain");
const OLDEST_GO = [1, 21] as const;

export interface Part {
  readonly name: string;
  /** What the folder name hashes: files below `toolchain/`, and text. */
  readonly sources: readonly string[];
  readonly pins: string;
  /** Fills an empty folder. */
  readonly make: (folder: string) => Promise<void>;
  /** What a first build takes on two cores. */
  readonly takes: string;
}

const PLUGIN = "openstack-plugin";
/** What both versions share. */
const PLUGIN_SOURCES = ["main.go", "match.go"] as const;
const SDK_PINS = `${packageVersion("@pulumi/pulumi")} ${packageVersion("@grpc/grpc-js")}`;

export const engine: Part = {
  name: "engine",
  sources: ["engine"],
  pins: ENGINE_VERSION,
  takes: "about 5 minutes",
  make: async (folder) => {
    const versionFlag = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${ENGINE_VERSION}`;
    const command = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
    await go(path.join(ROOT, "toolchain/engine"), [
      "-ldflags",
      `-s -w ${versionFlag}`,
      "-o",
      `${folder}/pulumi`,
      command,
    ]);
  },
};

/** Versions of the OpenStack provider: the one that the official plugin wraps, and the newest that Go's modules have. */
export const PROVIDERS = ["official", "newest"] as const;
export type Provider = (typeof PROVIDERS)[number];

export const openstackPlugin = (provider: Provider): Part => ({
  name: `openstack-plugin-${provider}`,
  sources: [...PLUGIN_SOURCES.map((file) => `${PLUGIN}/${file}`), `${PLUGIN}/${provider}`, "tokens.ts"],
  pins: packageVersion("@pulumi/openstack"),
  takes: "about 2 minutes",
  make: async (folder) => {
    const source = path.join(folder, "source");
    const from = path.join(ROOT, "toolchain", PLUGIN);
    await cp(path.join(from, provider), source, { recursive: true });
    for (const file of PLUGIN_SOURCES) await cp(path.join(from, file), path.join(source, file));
    await writeFile(path.join(source, "tokens.json"), JSON.stringify(readTokens(packageFile("@pulumi/openstack"))));
    await go(source, ["-ldflags", "-s -w", "-o", `${folder}/pulumi-resource-openstack`, "."]);
    await rm(source, { recursive: true });
  },
});

export const languageHost: Part = {
  name: "language-host",
  sources: ["language-host"],
  pins: `${SDK_PINS} ${ENGINE_VERSION}`,
  takes: "a second",
  make: (folder) => bundle("language-host", folder, "pulumi-language-nodejs", { ENGINE_VERSION }),
};

export const randomPlugin: Part = {
  name: "random-plugin",
  sources: ["random-plugin"],
  pins: `${SDK_PINS} ${packageVersion("bcryptjs")} ${packageVersion("@pulumi/random")}`,
  takes: "a second",
  make: (folder) =>
    bundle("random-plugin", folder, "pulumi-resource-random", { RANDOM_VERSION: packageVersion("@pulumi/random") }),
};

/** Only for programs in YAML, which make a store of the components' package. */
export const yamlHost: Part = {
  name: "yaml-host",
  sources: ["yaml-host"],
  pins: "",
  takes: "about 1 minute",
  make: (folder) =>
    go(path.join(ROOT, "toolchain/yaml-host"), [
      "-ldflags",
      "-s -w",
      "-o",
      `${folder}/pulumi-language-yaml`,
      "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    ]),
};

/** The folder of a part, built first if it is not there yet. */
export async function ensurePart(part: Part): Promise<string> {
  const folder = path.join(PARTS, `${part.name}-${await hashOf(part)}`);
  if (existsSync(folder)) return folder;
  await mkdir(PARTS, { recursive: true });
  await step(`building the ${part.name} from source, once (${part.takes})`, async () => {
    const unfinished = await mkdtemp(path.join(PARTS, `.${part.name}-`));
    try {
      await part.make(unfinished);
      // Renamed when it is whole, so that an interrupted build never counts; another process may have been faster.
      if (!existsSync(folder)) await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  });
  return folder;
}

async function hashOf({ sources, pins }: Part): Promise<string> {
  const hash = createHash("sha256").update(pins);
  for (const source of sources) {
    for (const file of await filesOf(path.join(ROOT, "toolchain", source))) hash.update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 12);
}

async function filesOf(place: string): Promise<string[]> {
  if (path.extname(place)) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** One JavaScript file and a script that runs it: no folder of packages to find, and a quick start. */
async function bundle(source: string, folder: string, command: string, define: Record<string, string>): Promise<void> {
  await build({
    entryPoints: [path.join(ROOT, "toolchain", source, "main.ts")],
    outfile: path.join(folder, "main.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "error",
    define: Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])),
  });
  await script(path.join(folder, command), `exec node "$(dirname "$(readlink -f "$0")")/main.js" "$@"`);
}

export async function script(file: string, body: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
}

async function go(folder: string, args: readonly string[]): Promise<void> {
  await requireGo();
  // Two builds at once would take twice as long and gain nothing.
  await run("flock", [path.join(PARTS, ".lock"), "go", "build", "-trimpath", ...args], {
    cwd: folder,
    env: { CGO_ENABLED: "0" },
    stdout: "ignore",
    stderr: "pipe",
  }).catch((error: { stderr?: string }) => {
    const tail = String(error.stderr ?? error)
      .split("\n")
      .slice(-15)
      .join("\n");
    throw new Error(
      `toolchain: go build failed in ${folder}:\n${tail}\nCheck that the Go module proxy can be reached.`,
    );
  });
}

async function requireGo(): Promise<void> {
  const cure =
    `Install Go ${OLDEST_GO.join(".")} or newer (go.dev/dl, or your distribution's golang package), or run where ` +
    "Pulumi's own downloads can be reached (TOOLCHAIN=official).";
  const { stdout } = await run("go", ["env", "GOVERSION"]).catch(() => {
    throw new Error(`toolchain: Pulumi cannot be downloaded here and must be built, but go is missing. ${cure}`);
  });
  const [major = 0, minor = 0] = stdout.replace(/^go/, "").split(".").map(Number);
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1])) {
    throw new Error(`toolchain: ${stdout} is too old to build Pulumi. ${cure}`);
  }
}
