/** A cloud with one elastic group, answering what a test says: for what no lab can be made to answer in seconds. */
import type { IncomingMessage } from "node:http";
import { cloudApi } from "../../components/cloud/api";
import { READY } from "./consoles";
import { type FakeEndpoint, fakeEndpoint, type Reply } from "./fake-endpoint";
import { template } from "./group-template";

/** The one group that it has. */
export const GROUP = "ecommerce-dev-web";
const TRIAL = `${GROUP}-trial`;
export const json = (body: object): Reply => ({ body: JSON.stringify(body) });

export interface HeatInCloud {
  /** Whether Heat has the group. */
  readonly stands?: boolean;
  /** Whose turn it is in the group; null: an older version made it. Default: a's. */
  readonly turn?: string | null;
  /** User data of its members. */
  readonly userData?: string;
  readonly image?: string;
  /** Heat's status of the stack on trial. */
  readonly made?: string;
  readonly reason?: string;
  /** What the server's console shows in turn, the last for ever; a number: Nova's status. */
  readonly consoles?: readonly (string | number)[];
  /** A stack of a run that was killed. */
  readonly left?: boolean;
  /** Statuses of Heat's answers to requests that it refuses. */
  readonly refused?: { readonly stacks?: number; readonly looks?: number; readonly template?: number };
}

/** Heat, Nova and Octavia in one. */
export class FakeHeat {
  readonly asked: string[] = [];
  readonly bodies: string[] = [];
  private looks = 0;
  private onTrial: boolean;
  private endpoint: FakeEndpoint | undefined;

  constructor(private readonly cloud: HeatInCloud) {
    this.onTrial = cloud.left ?? false;
  }

  /** As `getAuthScope` would give it. */
  async scope() {
    return (await this.there()).scope;
  }

  async api() {
    return cloudApi((await this.there()).session);
  }

  close(): void {
    this.endpoint?.close();
  }

  private async there(): Promise<FakeEndpoint> {
    const services = ["orchestration", "compute", "load-balancer"];
    this.endpoint ??= await fakeEndpoint(services, (request) => this.reply(request));
    return this.endpoint;
  }

  private reply(request: IncomingMessage): Reply {
    const { method, url = "" } = request;
    this.asked.push(`${method} ${url}`);
    const { cloud } = this;
    if (url.startsWith("/servers/detail")) return json({ servers: [] });
    if (url.startsWith("/servers/")) return this.server(method);
    if (url.startsWith("/v2/lbaas/")) return json({ members: [] });
    const { stacks, looks, template: noTemplate } = cloud.refused ?? {};
    if (method === "POST" && stacks !== undefined) return { status: stacks, body: "no more than 100 stacks" };
    if (method === "GET" && looks !== undefined && !url.includes("?")) return { status: looks, body: "" };
    if (method === "POST") {
      request.on("data", (part) => this.bodies.push(String(part)));
      this.onTrial = true;
      return json({ stack: { id: "trial-id" } });
    }
    if (method === "DELETE") {
      this.onTrial = false;
      return { status: 204, body: "" };
    }
    if (url.startsWith("/stacks?name=")) {
      const name = url.split("=")[1];
      const isThere = name === TRIAL ? this.onTrial : (cloud.stands ?? true);
      return json({ stacks: isThere ? [{ id: name === TRIAL ? "trial-id" : "group-id", stack_name: name }] : [] });
    }
    if (url.startsWith("/software_configs/")) {
      return json({ software_config: { config: cloud.userData ?? "#cloud-config\nold: true\n" } });
    }
    if (url.includes("/template") && noTemplate !== undefined) return { status: noTemplate, body: "" };
    if (url.includes("/template")) return json(template(cloud.image ? { imageId: cloud.image } : {}));
    if (url.includes("/resources")) return json({ resources: this.resources(url) });
    if (url.includes(TRIAL) && !this.onTrial) return { status: 404, body: "" };
    const outputs = [{ output_key: "server_id", output_value: "server" }];
    const status = url.includes(TRIAL) ? (cloud.made ?? "CREATE_COMPLETE") : "UPDATE_COMPLETE";
    const { turn = "a" } = cloud;
    const parameters = { "OS::stack_name": GROUP, ...(turn === null ? {} : { turn }) };
    return json({ stack: { stack_status: status, parameters, outputs } });
  }

  private resources(url: string): object[] {
    const config = { resource_name: "config", resource_type: "OS::Heat::SoftwareConfig" };
    const server = { resource_name: "server", resource_type: "OS::Nova::Server" };
    return url.includes(TRIAL)
      ? [{ ...server, resource_status: "CREATE_FAILED", resource_status_reason: this.cloud.reason ?? "" }]
      : [{ ...config, resource_status: "CREATE_COMPLETE", physical_resource_id: "config-id" }];
  }

  private server(method: string | undefined): Reply {
    const addresses = { net: [{ addr: "10.0.0.3" }] };
    if (method === "GET") return json({ server: { name: `${TRIAL}-abc123`, status: "ACTIVE", addresses } });
    const consoles = this.cloud.consoles ?? [READY];
    const output = consoles[Math.min(this.looks++, consoles.length - 1)];
    return typeof output === "number" ? { status: output, body: "" } : json({ output });
  }
}
