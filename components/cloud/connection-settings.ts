/** How the cloud's APIs are reached, out of the sources that the OpenStack provider itself reads. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { cloudEntry } from "./clouds-file";

export type Env = Readonly<Record<string, string | undefined>>;

/** Of an endpoint in Keystone's catalogue. */
export type Interface = "public" | "internal" | "admin";

export interface ConnectionSettings {
  readonly interface: Interface;
  /** Addresses in place of the catalogue's, by the provider's names of services. */
  readonly overrides: Readonly<Record<string, string>>;
  /** PEM; none: the system's certificate authorities. */
  readonly ca?: string | undefined;
  /** The client's certificate and key, PEM. */
  readonly client?: { readonly cert: string; readonly key: string } | undefined;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
  /** Proxies, as Go's programs take them out of the environment. */
  readonly env: Env;
}

/** Where nothing is set. */
export const PLAIN_CONNECTION: ConnectionSettings = { interface: "public", overrides: {}, insecure: false, env: {} };

/**
 * In the provider's order: the stack's configuration, then the environment, then clouds.yaml. The interface may come from
 * clouds.yaml too, where the provider does not look for it.
 * @param configured a key of the stack's configuration without its `openstack:`, e.g. `cacertFile`
 * @param region that the provider uses
 * @param folder that relative paths begin at
 * @throws Error for a file that cannot be read
 */
export async function connectionSettings(
  configured: (key: string) => string | undefined,
  region: string,
  env: Env = process.env,
  folder = process.cwd(),
): Promise<ConnectionSettings> {
  const setting = (key: string, variable: string) => configured(key) || env[variable] || undefined;
  const cloud = setting("cloud", "OS_CLOUD");
  const entry = cloud ? await cloudEntry(cloud, region, env, folder) : {};
  const pem = (value: string | null | undefined) => (value ? pathOrContents(value, folder) : undefined);
  const [ca, cert, key] = await Promise.all([
    pem(setting("cacertFile", "OS_CACERT") ?? entry.cacert),
    pem(setting("cert", "OS_CERT") ?? entry.cert),
    pem(setting("key", "OS_KEY") ?? entry.key),
  ]);
  const insecure = setting("insecure", "OS_INSECURE");
  const own = setting("endpointType", "OS_ENDPOINT_TYPE");
  return {
    interface: interfaceOf(own ?? entry.endpoint_type ?? entry.interface ?? env.OS_INTERFACE ?? ""),
    overrides: overridesOf(configured("endpointOverrides")),
    ca,
    client: cert && key ? { cert, key } : undefined,
    insecure: insecure === undefined ? entry.verify === false : isTrue(insecure),
    env,
  };
}

/** `internal` and Keystone's old `internalURL` are one. */
export const interfaceOf = (text: string): Interface =>
  (["internal", "admin"] as const).find((one) => text === one || text === `${one}URL`) ?? "public";

/** As Go reads a boolean. */
const isTrue = (text: string) => /^(1|t|true)$/i.test(text);

/** The provider takes a file's path and the PEM itself. */
async function pathOrContents(value: string, folder: string): Promise<string> {
  if (value.includes("-----BEGIN ")) return value;
  return readFile(path.resolve(folder, value.replace(/^~(?=\/|$)/, homedir())), "utf8");
}

function overridesOf(configured: string | undefined): Record<string, string> {
  const all: unknown = configured ? JSON.parse(configured) : {};
  return Object.fromEntries(Object.entries(Object(all)).map(([service, url]) => [service, String(url)]));
}
