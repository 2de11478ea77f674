/**
 * All versions of all objects of a container, as Swift lists them: by name, the newest first. A page holds 10,000 of them,
 * and no more than one page and one object's versions are in memory.
 */
import { z } from "zod";
import { type CloudApi, unlessMissing } from "../../components/cloud/api";

export interface Version {
  /** `null`: from before Swift kept versions. */
  readonly id: string;
  /** When it was written, or deleted; in milliseconds since 1970. */
  readonly time: number;
  readonly bytes: number;
  readonly hash: string;
  /** It says that the object was deleted then. */
  readonly isDeletion: boolean;
}

/** One object. */
export interface History {
  readonly name: string;
  /** The newest first. */
  readonly versions: readonly Version[];
  /** What the object is now; none: it is not there. */
  readonly current: Version | undefined;
}

const DELETED = "application/x-deleted;swift_versions_deleted=1";
const rowSchema = z.object({
  name: z.string(),
  version_id: z.string(),
  is_latest: z.boolean(),
  last_modified: z.string(),
  bytes: z.number(),
  hash: z.string(),
  content_type: z.string(),
});
type Row = z.output<typeof rowSchema>;

const currentSchema = z.array(z.object({ name: z.string(), symlink_path: z.string().optional() }));

type Api = Pick<CloudApi, "text">;

/** Path of an object, as Swift takes it. @param version one of its versions; none: the object itself */
export function objectPath(container: string, name: string, version?: string): string {
  const encoded = [container, ...name.split("/")].map(encodeURIComponent).join("/");
  return `/${encoded}${version === undefined ? "" : `?version-id=${encodeURIComponent(version)}`}`;
}

/** @param container name of one of the project's own */
export async function* histories(api: Api, container: string): AsyncGenerator<History> {
  let open: { name: string; rows: Row[]; isSplit: boolean } | undefined;
  for await (const page of pages(api, container)) {
    // Swift marks what is current only among rows whose object begins on the same page.
    if (open && page[0]?.name === open.name) open.isSplit = true;
    for (const row of page) {
      if (open && open.name !== row.name) {
        yield await history(api, container, open);
        open = undefined;
      }
      open ??= { name: row.name, rows: [], isSplit: false };
      open.rows.push(row);
    }
  }
  if (open) yield await history(api, container, open);
}

/** @returns the first ones: enough to see whether anybody deletes what is old; none where there is no such container */
export async function firstHistories(api: Api, container: string, most = 5_000): Promise<History[]> {
  const found: History[] = [];
  await unlessMissing(async () => {
    for await (const one of histories(api, container)) if (found.push(one) >= most) break;
  });
  return found;
}

async function* pages(api: Api, container: string): AsyncGenerator<Row[]> {
  let last: Row | undefined;
  for (;;) {
    const rows = await page(api, container, last);
    if (rows.length === 0) return;
    // Behind a row without a version Swift goes on with the next name, whatever versions this one has.
    if (rows.length > 1 && rows.at(-1)?.version_id === "null") rows.pop();
    last = rows.at(-1);
    yield rows;
  }
}

async function page(api: Api, container: string, after: Row | undefined): Promise<Row[]> {
  const version = after && after.version_id !== "null" ? { version_marker: after.version_id } : {};
  const marker = after ? { marker: after.name, ...version } : {};
  const query = new URLSearchParams({ format: "json", versions: "true", ...marker });
  const body = await api.text("object-store", `/${encodeURIComponent(container)}?${query}`, "application/json");
  return z.array(rowSchema).parse(JSON.parse(body));
}

async function history(
  api: Api,
  container: string,
  { name, rows, isSplit }: { name: string; rows: readonly Row[]; isSplit: boolean },
): Promise<History> {
  const now = isSplit
    ? await currentId(api, container, name)
    : rows.find((row) => row.is_latest && row.content_type !== DELETED)?.version_id;
  const versions = rows.map(versionOf).sort((a, b) => b.time - a.time);
  return { name, versions, current: versions.find(({ id }) => id === now) };
}

async function currentId(api: Api, container: string, name: string): Promise<string | undefined> {
  const query = new URLSearchParams({ format: "json", prefix: name, limit: "1" });
  const body = await api.text("object-store", `/${encodeURIComponent(container)}?${query}`, "application/json");
  const [found] = currentSchema.parse(JSON.parse(body));
  if (found?.name !== name) return undefined;
  return /[?&]version-id=([^&]+)$/.exec(found.symlink_path ?? "")?.[1] ?? "null";
}

function versionOf(row: Row): Version {
  const { version_id: id, bytes, hash } = row;
  // A version keeps the time in its id when Swift moves it.
  const time = id === "null" ? Date.parse(`${row.last_modified}Z`) : Number.parseFloat(id) * 1000;
  return { id, time, bytes, hash, isDeletion: row.content_type === DELETED };
}
