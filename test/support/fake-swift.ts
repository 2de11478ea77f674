/**
 * One container of a Swift that keeps versions, with pages of a few rows. It lists as Swift 2.35 does, with what is odd in it: what
 * is current is marked only where the object's name begins behind the marker.
 */
import type { IncomingMessage } from "node:http";
import type { Reply } from "./fake-endpoint";

interface Version {
  readonly id: string;
  readonly time: number;
  readonly text: string;
  readonly isDeletion: boolean;
}

const DELETED = "application/x-deleted;swift_versions_deleted=1";
const byName = <T extends { readonly name: string }>(a: T, b: T) => (a.name < b.name ? -1 : Number(a.name > b.name));

export class FakeSwift {
  /** Seconds since 1970; each write is a second later. */
  now = 1_790_000_000;
  private readonly versions = new Map<string, Version[]>();
  private readonly current = new Map<string, Version>();

  constructor(private readonly limit: number) {}

  /** What is there. */
  state(): Record<string, string> {
    return Object.fromEntries([...this.current].map(([name, { text }]) => [name, text] as const).sort());
  }

  count(): number {
    return [...this.versions.values()].reduce((sum, list) => sum + list.length, 0);
  }

  /** From before Swift kept versions. */
  putUnversioned(name: string, text: string): void {
    this.current.set(name, { id: "null", time: ++this.now, text, isDeletion: false });
  }

  put(name: string, text: string): void {
    this.current.set(name, this.add(name, text, false));
  }

  /** Swift answers 412, and keeps what was refused among the versions all the same. */
  putTooLate(name: string, text: string): void {
    this.add(name, text, false);
  }

  delete(name: string): void {
    this.add(name, "", true);
    this.current.delete(name);
  }

  /** As with X-Delete-After: no version says so. */
  expire(name: string): void {
    this.current.delete(name);
  }

  readonly reply = ({ method, url = "", headers }: IncomingMessage): Reply => {
    const { pathname, searchParams } = new URL(url, "http://swift");
    if (pathname === "/info") return { body: JSON.stringify({ swift: {}, object_versioning: {} }) };
    const [, , ...parts] = pathname.split("/").map(decodeURIComponent);
    const name = parts.join("/");
    const id = searchParams.get("version-id") ?? undefined;
    if (method === "GET") {
      const rows = searchParams.has("versions") ? this.page(searchParams) : this.listing(searchParams);
      return { body: JSON.stringify(rows) };
    }
    if (method === "COPY") {
      const version = this.versions.get(name)?.find((one) => one.id === id && !one.isDeletion);
      const isOntoItself = decodeURIComponent(String(headers.destination)) === `m/${name}`;
      if (!version || !isOntoItself) return { status: 404, body: "" };
      this.put(name, version.text);
      return { status: 201, body: "" };
    }
    if (method === "DELETE" && id === undefined) {
      if (!this.current.has(name)) return { status: 404, body: "" };
      this.delete(name);
      return { status: 204, body: "" };
    }
    if (method === "DELETE") {
      this.versions.set(
        name,
        (this.versions.get(name) ?? []).filter((one) => one.id !== id),
      );
      if (this.current.get(name)?.id === id) this.current.delete(name);
      return { status: 204, body: "" };
    }
    return { status: 405, body: "" };
  };

  private add(name: string, text: string, isDeletion: boolean): Version {
    const before = this.current.get(name);
    const list = this.versions.get(name) ?? [];
    // An object from before becomes a version when it ends.
    const older = before?.id === "null" ? [{ ...before, id: `${before.time}.00000` }] : [];
    const version = { id: `${++this.now}.00000`, time: this.now, text, isDeletion };
    this.versions.set(name, [...list, ...older, version]);
    return version;
  }

  private listing(query: URLSearchParams) {
    const names = [...this.current.keys()].sort().filter((name) => name.startsWith(query.get("prefix") ?? ""));
    return names.slice(0, Number(query.get("limit") ?? this.limit)).map((name) => {
      const id = this.current.get(name)?.id;
      return { name, ...(id === "null" ? {} : { symlink_path: `/v1/AUTH_p/m/${name}?version-id=${id}` }) };
    });
  }

  private page(query: URLSearchParams) {
    const marker = query.get("marker") ?? "";
    const versionMarker = query.get("version_marker");
    const rowOf = (name: string, { id, time, text, isDeletion }: Version) => ({
      name,
      version_id: id,
      is_latest: false,
      last_modified: new Date(time * 1000).toISOString().replace("Z", "000"),
      bytes: text.length,
      hash: `hash of ${text}`,
      content_type: isDeletion ? DELETED : "image/png",
    });
    const primary = [...this.current].map(([name, { id }]) => ({ name, id })).sort(byName);
    const near = primary.filter(({ name }) => name > marker).slice(0, this.limit);
    const isBehind = (name: string, id: string) =>
      name > marker || (name === marker && versionMarker !== null && Number(id) < Number(versionMarker));
    const old = [...this.versions]
      .flatMap(([name, list]) => list.toReversed().map((version) => rowOf(name, version)))
      .sort(byName)
      .filter(({ name, version_id }) => isBehind(name, version_id))
      .slice(0, this.limit);
    const marked = new Set<string>();
    for (const row of old) {
      const isCurrent = near.some(({ name, id }) => name === row.name && id === row.version_id);
      const isDeletion = row.content_type === DELETED && !marked.has(row.name);
      if (isCurrent || isDeletion) {
        row.is_latest = true;
        marked.add(row.name);
      }
    }
    const unversioned = near
      .filter(({ id }) => id === "null")
      .flatMap(({ name }) => {
        const version = this.current.get(name);
        return version ? [{ ...rowOf(name, version), is_latest: true }] : [];
      });
    return [...unversioned, ...old].sort(byName).slice(0, this.limit);
  }
}
