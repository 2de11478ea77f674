/** One service of a cloud, answering what a test says: for what no lab can be made to answer. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type * as openstack from "@pulumi/openstack";

export interface Reply {
  readonly status?: number;
  readonly body: string;
}

export interface FakeEndpoint {
  /** As `getAuthScope` would give it, with this service alone in the catalogue. */
  readonly scope: openstack.identity.GetAuthScopeResult;
  readonly close: () => void;
}

/** @param service its type in the catalogue */
export async function fakeEndpoint(service: string, reply: (request: IncomingMessage) => Reply): Promise<FakeEndpoint> {
  const server = createServer((request, response) => {
    const { status = 200, body } = reply(request);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = { url: `http://127.0.0.1:${port}`, interface: "public", region: "here" };
  const scope = { tokenId: "token", region: "here", serviceCatalogs: [{ type: service, endpoints: [endpoint] }] };
  return {
    scope: scope as openstack.identity.GetAuthScopeResult,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
