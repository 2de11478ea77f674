/** A few cheap objects of another store in the same project, whose name begins with that of the store under test. */
import type { CloudApi } from "./cloud-api";
import { Container } from "./container";

export class NeighbourStore {
  private constructor(
    private readonly member: CloudApi,
    readonly prefix: string,
    private readonly paths: readonly (readonly [service: string, path: string])[],
    private readonly container: Container,
  ) {}

  /** @param prefix what its names begin with, `<project>-<stack>` */
  static async create(member: CloudApi, prefix: string): Promise<NeighbourStore> {
    const make = async (kind: string, values: Record<string, unknown>) => {
      const path = `/v2.0/${kind}s`.replaceAll("_", "-");
      const answer = await member.call("network", path, "POST", { [kind]: { name: `${prefix}-web`, ...values } });
      const { id } = Object(answer[kind]);
      const place = `${path}/${id}`;
      if (kind !== "security_group_rule") await member.call("network", `${place}/tags`, "PUT", { tags: [prefix] });
      return { id: String(id), place };
    };
    const network = await make("network", {});
    const subnet = await make("subnet", { network_id: network.id, cidr: "10.99.0.0/24", ip_version: 4 });
    const group = await make("security_group", { description: `of ${prefix}` });
    const router = await make("router", {});
    const servers = await member.call("compute", "/os-server-groups", "POST", {
      server_group: { name: `${prefix}-web`, policies: ["anti-affinity"] },
    });
    const container = new Container(`${member.endpoint("object-store")}/${prefix}-static`, member.token);
    await container.status("PUT", "");
    await container.write("kept.txt", "untouched");
    const neutron = [network, subnet, group, router].map(({ place }) => ["network", place] as const);
    const nova = ["compute", `/os-server-groups/${Object(servers.server_group).id}`] as const;
    return new NeighbourStore(member, prefix, [...neutron, nova], container);
  }

  /** All that its objects say of themselves. */
  async state(): Promise<string> {
    const objects = await Promise.all(this.paths.map(([service, path]) => this.member.call(service, path)));
    const stored = [await this.container.names(), await this.container.read("kept.txt")];
    return JSON.stringify([...objects, ...stored], undefined, 1);
  }
}
