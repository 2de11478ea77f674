/** What a role is made of, and the two things rendered from it: user data, and the build script of a golden image. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type BaseSettings, baseEveryBoot, baseFiles } from "./base";
import { cloudConfig, type ServerFile, shellQuote, shellSettings } from "./document";
import { forMachines } from "./for-machines";
import { fitUserData } from "./packed";

export interface Role {
  readonly name: string;
  /** Folder of the role's own script, NAME.sh; default: where those of the store's roles are. */
  readonly scripts?: string;
  /** The same on every server of the role in any stack that has the same features on: baked into a golden image. */
  readonly imageFiles: readonly ServerFile[];
  /** Of the features that this stack has off; baked all the same, so that one image serves every stack. */
  readonly otherImageFiles?: readonly ServerFile[];
  /** What only this stack or this server knows. */
  readonly bootFiles: readonly ServerFile[];
  /** Variables for the role's script that a golden image knows already; no secrets, they stay on the server. */
  readonly imageSettings: Readonly<Record<string, string>>;
  /** Variables that only this stack or this server knows; no secrets either. */
  readonly settings: Readonly<Record<string, string>>;
  /** Kernel settings for the job. */
  readonly sysctl: Readonly<Record<string, string | number>>;
}

/** How servers get their packages: at their first boot, or from an image that `npm run image` described. */
export type BootMode = "packages" | "image";

const LIBRARY = "/usr/local/lib/ecommerce";
const SCRIPTS = path.join(__dirname, "scripts");

/** A file of `scripts/`, as it will lie on the server. */
export function script(name: string, mode?: "0755", folder = SCRIPTS): ServerFile {
  return { path: `${LIBRARY}/${name}`, content: readFileSync(path.join(folder, name), "utf8"), ...(mode && { mode }) };
}

function scripts(role: Role): ServerFile[] {
  return [
    script("run.sh", "0755"),
    script("common.sh"),
    script("base.sh"),
    script("forget-user-data.sh", "0755"),
    script(`${role.name}.sh`, undefined, role.scripts),
  ];
}

function settings(values: Role["settings"], checks = ""): ServerFile {
  return {
    path: `${LIBRARY}/settings`,
    content: `# Generated: what this server's scripts go by.\n${shellSettings(values)}${checks}`,
  };
}

/** Scripts of an older image pass over what they do not know; these lines, which they read too, do not. */
function bakedFiles({ name, imageFiles }: Role): string {
  if (imageFiles.length === 0) return "";
  return `for baked in ${imageFiles.map((file) => shellQuote(file.path)).join(" ")}; do
  if [ -e "$baked" ]; then continue; fi
  say "this image was baked before it needed $baked: bake it anew with npm run image -- ${name}"
  report failed
  exit 1
done
`;
}

/** What all servers of a store have in common. */
export interface BootSettings {
  readonly mode: BootMode;
  readonly base: BaseSettings;
}

export interface UserDataArgs extends BootSettings {
  /** None: the server is named as Nova names it. */
  readonly hostname: string | undefined;
}

/** The files that a server gets with its user data. */
export function serverFiles(role: Role, { mode, base }: BootSettings, hostname?: string): ServerFile[] {
  const baked = [...scripts(role), ...role.imageFiles];
  const slim = (file: ServerFile): ServerFile => ({ ...file, content: forMachines(file.path, file.content) });
  return [
    ...(mode === "packages" ? baked.map(slim) : []),
    ...baseFiles(base, role, hostname),
    settings({ ...role.imageSettings, ...role.settings }, mode === "image" ? bakedFiles(role) : ""),
    ...role.bootFiles,
  ];
}

/** @returns user data of one server; a secret wherever the role's files hold one */
export function renderUserData(role: Role, args: UserDataArgs): string {
  const phase = args.mode === "packages" ? "all" : "boot";
  const document = cloudConfig({
    hostname: args.hostname,
    files: serverFiles(role, args, args.hostname),
    everyBoot: baseEveryBoot(),
    firstBoot: [[`${LIBRARY}/run.sh`, role.name, phase]],
  });
  // Servers that Heat makes are those that we do not name.
  return fitUserData(document, args.hostname === undefined ? "heat" : "provider");
}

/** A script that turns a fresh machine of the distribution into the role's golden image. It holds no secret. */
export function renderImageScript(role: Role, base: BaseSettings): string {
  const { imageFiles, otherImageFiles = [], imageSettings } = role;
  const baked = [...imageFiles, ...otherImageFiles].sort((a, b) => (a.path < b.path ? -1 : 1));
  const files = [
    ...scripts(role),
    ...baked,
    ...baseFiles({ ...base, maintenance: undefined }, role),
    settings(imageSettings),
  ];
  const writes = files.map(({ path: place, content, mode = "0644" }) => {
    const encoded = Buffer.from(content).toString("base64");
    return `put ${shellQuote(place)} ${mode} ${encoded}`;
  });
  return [
    "#!/usr/bin/env bash",
    `# Builds the golden image of role ${role.name}: run it as root on a fresh Debian 12 or Ubuntu 24.04, then take the image.`,
    "set -euo pipefail",
    'put() { install -d "$(dirname "$1")"; base64 -d <<<"$3" >"$1"; chmod "$2" "$1"; }',
    ...writes,
    `exec ${LIBRARY}/run.sh ${role.name} image`,
    "",
  ].join("\n");
}
