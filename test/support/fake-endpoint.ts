/** One service of a cloud, or several at one address, answering what a test says: for what no lab can be made to answer. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { PLAIN_CONNECTION } from "../../components/cloud/connection-settings";
import type { Scope } from "../../components/cloud/endpoints";
import { type Session, sessionOf } from "../../components/cloud/session";

export interface Reply {
  readonly status?: number;
  readonly body: string;
}

export interface FakeEndpoint {
  /** As `getAuthScope` would give it, with these services alone in the catalogue. */
  readonly scope: Scope & { readonly tokenId: string };
  /** The same as a session. */
  readonly session: Session;
  readonly close: () => void;
}

/** @param services their types in the catalogue */
export async function fakeEndpoint(
  services: string | readonly string[],
  reply: (request: IncomingMessage) => Reply,
): Promise<FakeEndpoint> {
  const server = createServer((request, response) => {
    const { status = 200, body } = reply(request);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = { url: `http://127.0.0.1:${port}`, interface: "public", region: "here" };
  const serviceCatalogs = [services].flat().map((type) => ({ type, endpoints: [endpoint] }));
  const scope = { tokenId: "token", region: "here", serviceCatalogs };
  return {
    scope,
    session: sessionOf(scope, PLAIN_CONNECTION) as Session,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
