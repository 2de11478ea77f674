/** The lab's cloud as its own APIs show it, for assertions that trust nothing of ours. */
import { readFile } from "node:fs/promises";

type Json = Record<string, unknown>;

interface Catalogued {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a listing is named in its answer, and where it is asked for. */
const LISTINGS = {
  servers: ["compute", "/servers/detail"],
  server_groups: ["compute", "/os-server-groups"],
  volumes: ["block-storage", "/volumes/detail"],
  networks: ["network", "/v2.0/networks"],
  subnets: ["network", "/v2.0/subnets"],
  routers: ["network", "/v2.0/routers"],
  ports: ["network", "/v2.0/ports"],
  floatingips: ["network", "/v2.0/floatingips"],
  security_groups: ["network", "/v2.0/security-groups"],
  loadbalancers: ["load-balancer", "/v2/lbaas/loadbalancers"],
  listeners: ["load-balancer", "/v2/lbaas/listeners"],
  pools: ["load-balancer", "/v2/lbaas/pools"],
  stacks: ["orchestration", "/stacks"],
} as const;

export type Kind = keyof typeof LISTINGS;

export class CloudApi {
  private constructor(
    readonly token: string,
    private readonly catalog: readonly Catalogued[],
    readonly projectId: string,
    readonly userId: string,
  ) {}

  /** @param cloud an entry of the lab's clouds.yaml, which is JSON */
  static async signIn(cloudsFile: string, cloud: string): Promise<CloudApi> {
    const { clouds } = JSON.parse(await readFile(cloudsFile, "utf8"));
    const { auth_url, username, password, project_name } = clouds[cloud].auth;
    const domain = { id: "default" };
    const answer = await fetch(`${auth_url}/auth/tokens`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        auth: {
          identity: { methods: ["password"], password: { user: { name: username, password, domain } } },
          scope: { project: { name: project_name, domain } },
        },
      }),
    });
    if (!answer.ok) throw new Error(`Keystone answered ${answer.status}`);
    const { token } = await answer.json();
    return new CloudApi(answer.headers.get("X-Subject-Token") ?? "", token.catalog, token.project.id, token.user.id);
  }

  /**
   * @param body an object is sent as JSON, text as it is, under the content type
   * @param microversion of the service's API; default: its oldest
   */
  async call(
    service: string,
    path: string,
    method = "GET",
    body?: Json | readonly Json[] | string,
    contentType = "application/json",
    microversion?: string,
  ): Promise<Json> {
    const answer = await this.ask(service, path, method, body, contentType, microversion);
    return isObject(answer) ? answer : {};
  }

  /** Where the answer is a list of objects. */
  async rows(service: string, path: string, method = "GET", body?: Json): Promise<Json[]> {
    const answer = await this.ask(service, path, method, body);
    if (!Array.isArray(answer)) throw new Error(`${method} ${path} was not answered with a list`);
    return answer.filter(isObject);
  }

  /** Values of a metric of Gnocchi's, the newest last. */
  async measures(path: string): Promise<number[]> {
    const answer = await this.ask("metric", path, "GET");
    if (!Array.isArray(answer)) throw new Error(`${path} was not answered with a list`);
    return answer.map((measure) => Number(Array.isArray(measure) ? measure[2] : Number.NaN));
  }

  /** A listing that is the answer itself, or under a key of it. */
  async rowsOf(service: string, path: string, key?: string): Promise<Json[]> {
    if (key === undefined) return this.rows(service, path);
    const rows = (await this.call(service, path))[key];
    if (!Array.isArray(rows)) throw new Error(`the answer to ${path} has no ${key}`);
    return rows.filter(isObject);
  }

  /** The service's public one. */
  endpoint(service: string): string {
    const endpoints = this.catalog.find(({ type }) => type === service)?.endpoints ?? [];
    const url = endpoints.find((endpoint) => endpoint.interface === "public")?.url;
    if (!url) throw new Error(`the catalogue has no ${service}`);
    return url;
  }

  /** An answer that is no JSON. */
  async text(service: string, path: string): Promise<string> {
    const headers = { "X-Auth-Token": this.token, Accept: "text/plain" };
    const answer = await fetch(`${this.endpoint(service)}${path}`, { headers });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
    return answer.text();
  }

  private async ask(
    service: string,
    path: string,
    method: string,
    body?: Json | readonly Json[] | string,
    contentType = "application/json",
    microversion?: string,
  ): Promise<unknown> {
    const url = this.endpoint(service);
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        "X-Auth-Token": this.token,
        "Content-Type": contentType,
        Accept: "application/json",
        ...(microversion ? { "OpenStack-API-Version": `${service} ${microversion}` } : {}),
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}${path}: ${answer.status} ${text.slice(0, 300)}`);
    return /^[{[]/.test(text) ? JSON.parse(text) : undefined;
  }

  /** The project's own objects of a kind; Neutron's default group and the external network are not ours. */
  async list(kind: Kind): Promise<Json[]> {
    const [service, path] = LISTINGS[kind];
    const found = (await this.call(service, path))[kind];
    if (!Array.isArray(found)) throw new Error(`the answer to ${path} has no ${kind}`);
    return found.filter(
      (item: Json) =>
        (item.project_id ?? item.tenant_id ?? this.projectId) === this.projectId && item.name !== "default",
    );
  }

  async containers(): Promise<string[]> {
    const url = this.catalog.find(({ type }) => type === "object-store")?.endpoints[0]?.url;
    const answer = await fetch(`${url}`, { headers: { "X-Auth-Token": this.token } });
    return (await answer.text()).split("\n").filter((name) => name !== "");
  }

  /** Names of everything that the project has, by kind, in order; kinds with nothing are left out. */
  async everything(): Promise<Record<string, unknown[]>> {
    const kinds = Object.keys(LISTINGS) as Kind[];
    const found = await Promise.all(
      kinds.map(async (kind) => {
        // Nova lists a server for a moment after it is gone.
        const there = (await this.list(kind)).filter(({ status }) => status !== "DELETED");
        return [kind, there.map(({ name }) => name).sort()] as const;
      }),
    );
    return Object.fromEntries(
      [...found, ["containers", await this.containers()] as const].filter(([, all]) => all.length > 0),
    );
  }
}
