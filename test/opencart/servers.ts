/** What each server of a store answers, asked itself and not by way of balancers and caches; and what stands in its database. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type FullStore, inside } from "../support/full-lab";
import { NOT_ANONYMOUS } from "../support/shopper";
import type { Visited } from "./store";

export interface Seen {
  /** `app-1`, or the public address. */
  readonly who: string;
  readonly status: number;
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Public addresses are asked as often as a balancer may choose among servers. */
const LOOKS = 4;

/** Names of the servers that run OpenCart, e.g. `app-1`. */
export async function appServers({ lab, name }: FullStore): Promise<string[]> {
  const start = `ecommerce-${name}-`;
  const names = (await lab.member.list("servers")).map((server) => String(server.name));
  return names
    .filter((one) => one.startsWith(`${start}app-`))
    .map((one) => one.slice(start.length))
    .sort();
}

/** Asks an app server itself for files. @param paths from the slash on, as they stand in a URL */
export async function askServer({ name, url }: FullStore, server: string, paths: readonly string[]): Promise<Seen[]> {
  const host = new URL(url).host;
  const command = [
    "answer=$(mktemp)",
    "while read -r path; do",
    `  curl -gs -m 20 --path-as-is -o "$answer" -H 'Host: ${host}' -w '%{http_code}\\t%{content_type}\\t%{size_download}\\t' "http://127.0.0.1$path" || printf '0\\t\\t0\\t'`,
    `  sha256sum <"$answer" | cut -d' ' -f1`,
    "done <<'PATHS'",
    ...paths,
    "PATHS",
    `rm -f "$answer"`,
  ];
  const lines = (await inside(server, command.join("\n"), name)).split("\n").filter((line) => line.includes("\t"));
  assert.equal(lines.length, paths.length, `${server} answered ${lines.join("\n")}`);
  return lines.map((line) => {
    const [status = "", type = "", size = "", sha256 = ""] = line.split("\t");
    return { who: server, status: Number(status), type, size: Number(size), sha256 };
  });
}

/** A file, from the public address and from each app server. */
export async function fileEverywhere({ url, full }: Visited, path: string): Promise<Seen[]> {
  const seen = await Promise.all(Array.from({ length: LOOKS }, () => askPublic(url, path)));
  if (!full) return seen;
  for (const server of await appServers(full)) seen.push(...(await askServer(full, server, [path])));
  return seen;
}

export async function askPublic(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const answer = await fetch(new URL(path, url), { headers: { Connection: "close", ...headers }, redirect: "manual" });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    who: url,
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    size: bytes.length,
    sha256,
  };
}

/** A page, as shoppers and first-time visitors get it, and as each app server makes it; by who saw it. */
export async function pageEverywhere({ url, full }: Visited, path: string): Promise<(readonly [string, string])[]> {
  const look = async (who: string, headers: Readonly<Record<string, string>>) => {
    const answer = await fetch(new URL(path, url), { headers: { Connection: "close", ...headers } });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${path} for ${who}: ${text.slice(0, 300)}`);
    return [who, text] as const;
  };
  const looks = Array.from({ length: LOOKS }, () => [
    look("a shopper", NOT_ANONYMOUS),
    look("a first-time visitor", {}),
  ]);
  const seen = await Promise.all(looks.flat());
  if (!full) return seen;
  const host = new URL(url).host;
  for (const server of await appServers(full))
    seen.push([server, await inside(server, `curl -gs -m 20 -H 'Host: ${host}' 'http://127.0.0.1${path}'`, full.name)]);
  return seen;
}

/** @param sql of one statement, in the shop's own schema. @returns its rows, of columns */
export async function query({ name, outputs }: FullStore, sql: string): Promise<string[][]> {
  const [schema] = outputs.databaseNames?.value ?? [];
  assert.ok(typeof schema === "string", "the stack has no output databaseNames");
  const out = await inside("db-1", `mysql -N ${schema} <<'SQL'\n${sql}\nSQL`, name);
  return out === "" ? [] : out.split("\n").map((line) => line.split("\t"));
}

/** Paths of all pictures that a page names. */
export function picturesIn(page: string): string[] {
  const found = [...page.matchAll(/(?:src|href|content)="([^"]*\/?image\/[^"?]+\.(?:png|jpe?g|gif|webp|svg|ico))"/g)];
  const paths = found.map(([, address = ""]) => new URL(address.replaceAll("&amp;", "&"), "http://shop/").pathname);
  return [...new Set(paths)];
}
