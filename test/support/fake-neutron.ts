/** As much of a cloud as a provider needs to make networks and subnets: Keystone, Neutron and an empty Cinder, with what they have in memory. */

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Row = Record<string, unknown> & { readonly id: string };

export interface FakeNeutron {
  /** Keystone's, with its version. */
  readonly authUrl: string;
  /** By what collections are named: `networks`, `subnets`. */
  readonly rows: Readonly<Record<string, Row[]>>;
  readonly close: () => void;
}

const PROJECT = "0123456789abcdef0123456789abcdef";

export async function fakeNeutron(): Promise<FakeNeutron> {
  const rows: Record<string, Row[]> = { networks: [], subnets: [], volumes: [] };
  const answerTo = async (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    for await (const part of request) text += part;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://here");
    const answer = (status: number, body?: object) =>
      response
        .writeHead(status, { "Content-Type": "application/json", "X-Subject-Token": "token" })
        .end(body && JSON.stringify(body));
    if (pathname.endsWith("/auth/tokens")) return answer(201, { token: tokenOf(identity, network) });
    if (pathname === "/v3" || pathname === "/v3/")
      return answer(200, { version: { id: "v3.14", status: "stable", links: [] } });
    const [, , collection = "", id, tags] = pathname.split("/");
    const all = rows[collection];
    if (!all) return answer(404, {});
    const kind = collection.slice(0, -1);
    const place = all.findIndex((one) => one.id === id);
    let sent: Record<string, unknown>;
    try {
      sent = text ? JSON.parse(text) : {};
    } catch {
      return answer(400, { NeutronError: { type: "HTTPBadRequest", message: "Malformed request body" } });
    }
    if (request.method === "POST") {
      const now = new Date().toISOString();
      const made = {
        ...Object(sent[kind]),
        id: randomUUID(),
        status: "ACTIVE",
        tags: [],
        created_at: now,
        project_id: PROJECT,
      };
      all.push(made);
      return answer(201, { [kind]: made });
    }
    if (id === undefined || id === "detail") {
      const wanted = [...searchParams].filter(([key]) => !["tags", "limit", "marker"].includes(key));
      const found = all.filter((one) => wanted.every(([key, value]) => String(one[key]) === value));
      return answer(200, { [collection]: found });
    }
    const row = all[place];
    if (!row) return answer(404, { NeutronError: { type: "NotFound", message: `${id} could not be found.` } });
    if (request.method === "DELETE") {
      all.splice(place, 1);
      return response.writeHead(204).end();
    }
    if (request.method === "PUT") Object.assign(row, tags ? sent : sent[kind]);
    return answer(200, tags ? { tags: row.tags } : { [kind]: row });
  };
  const servers = [createServer(answerTo), createServer(answerTo)];
  const [identity = "", network = ""] = await Promise.all(servers.map(listening));
  return {
    authUrl: `${identity}/v3`,
    rows,
    close: () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function tokenOf(identity: string, network: string) {
  const endpoint = (type: string, url: string) => ({
    type,
    name: type,
    id: type,
    endpoints: [{ id: type, interface: "public", region: "here", region_id: "here", url }],
  });
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const domain = { id: "default", name: "Default" };
  return {
    methods: ["password"],
    expires_at: expires,
    issued_at: new Date().toISOString(),
    user: { id: "user", name: "user", domain },
    project: { id: PROJECT, name: "project", domain },
    roles: [{ id: "member", name: "member" }],
    catalog: [
      endpoint("identity", `${identity}/v3`),
      endpoint("network", network),
      endpoint("volumev3", `${network}/v3`),
    ],
  };
}
