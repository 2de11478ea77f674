/** The entry of clouds.yaml that a stack signs in with, as gophercloud puts it together out of its files. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

type Env = Readonly<Record<string, string | undefined>>;

const text = z.string().nullish();
/** What there is beside the credentials, which the provider alone needs. */
const entrySchema = z.object({
  cloud: text,
  profile: text,
  cacert: text,
  cert: text,
  key: text,
  verify: z.boolean().nullish(),
  endpoint_type: text,
  interface: text,
  regions: z
    .array(z.union([z.string(), z.object({ name: z.string(), values: z.record(z.string(), z.unknown()).nullish() })]))
    .nullish(),
});
export type CloudEntry = z.output<typeof entrySchema>;

/**
 * @param cloud name of the entry
 * @param region whose own values win; none: the entry's
 * @param folder where files are looked for first
 * @returns an empty entry where there is none: the provider, which needs it to sign in, says so
 */
export async function cloudEntry(cloud: string, region: string, env: Env, folder: string): Promise<CloudEntry> {
  const file = (name: string, own?: string) => readFirst([...(own ? [own] : []), ...placesOf(name, folder)]);
  const [clouds, secrets, publics] = await Promise.all([
    file("clouds", env.OS_CLIENT_CONFIG_FILE),
    file("secure"),
    file("clouds-public"),
  ]);
  const plain = entryOf(clouds, "clouds", cloud);
  const profile = plain.profile || plain.cloud;
  const merged = {
    ...(profile ? given(entryOf(publics, "public-clouds", profile)) : {}),
    ...given(plain),
    ...given(entryOf(secrets, "clouds", cloud)),
  };
  const values = (merged.regions ?? []).flatMap((one) =>
    typeof one === "object" && one.name === region
      ? [entrySchema.partial().safeParse(one.values ?? {}).data ?? {}]
      : [],
  );
  return { ...merged, ...given(values[0] ?? {}) };
}

/** As gophercloud looks for them. */
const placesOf = (name: string, folder: string) =>
  [folder, path.join(homedir(), ".config/openstack"), "/etc/openstack"].flatMap((place) =>
    ["yaml", "yml"].map((suffix) => path.join(place, `${name}.${suffix}`)),
  );

async function readFirst(places: readonly string[]): Promise<unknown> {
  for (const place of places) {
    const content = await readFile(place, "utf8").catch(() => undefined);
    if (content !== undefined) return parse(content);
  }
  return undefined;
}

function entryOf(file: unknown, section: string, name: string): CloudEntry {
  return entrySchema.safeParse(Object(Object(file)[section])[name]).data ?? {};
}

/** Without what is empty, which overrides nothing. */
const given = (entry: CloudEntry): CloudEntry =>
  Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== null && value !== undefined && value !== ""),
  );
