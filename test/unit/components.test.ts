import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import {
  allow,
  Credentials,
  cloudSchema,
  Database,
  databaseSchema,
  InstanceGroup,
  LoadBalancer,
  l7Pools,
  Naming,
  PORTS,
  platformRules,
  type Role,
  SecurityGroups,
  Server,
  TierNetwork,
} from "../../components/index";
import { record } from "../support/recorder";
import { SMALLEST } from "../support/stack-files";

const ROLE: Role = { name: "web", imageFiles: [], bootFiles: [], imageSettings: {}, settings: {}, sysctl: {} };
const BOOT = { mode: "image", base: { securityUpdates: true, timeServers: [] } } as const;
const PLATFORM = {
  access: { admins: ["198.51.100.0/24"], ntp: [], packages: [] },
  dnsServers: [],
  subnet: "10.5.0.0/24",
  leadsOut: true,
};

describe("the components by themselves", () => {
  const naming = new Naming("wiki", "dev");
  const network = () => new TierNetwork("pages", { naming, tier: "pages", cidr: PLATFORM.subnet });

  it("make a network, a group of rules, servers and their balancer, named by their own project", async () => {
    const { recorder } = await record(() => {
      const pages = network();
      const rules = [
        ...platformRules("pages", PLATFORM),
        ...allow("pages", "ingress", "tcp", PORTS.http, [PLATFORM.subnet], "the balancer"),
        // Neutron would refuse it the second time.
        ...allow("pages", "ingress", "tcp", PORTS.ssh, PLATFORM.access.admins, "administration"),
      ];
      const group = new SecurityGroups("pages", { naming, groups: ["pages"], rules }).of("pages");
      const pool = {
        algorithm: "ROUND_ROBIN",
        persistence: { type: "none" },
        monitor: { path: "/", delay: 10, timeout: 3, retries: 3 },
      } as const;
      const shared = { pool, allowedCidrs: ["0.0.0.0/0"], isPublic: true, tlsContainerRef: undefined };
      const balancer = new LoadBalancer("pages", { naming, tier: "pages", network: pages, pools: l7Pools(shared) });
      new InstanceGroup("pages", {
        naming,
        tier: "pages",
        config: { count: 2, flavor: "m1.small" },
        imageId: "image-id",
        network: pages,
        securityGroupId: group.id,
        bootAfter: group.ready,
        boot: BOOT,
        role: ROLE,
        balancer,
      });
    });
    const { gatewayIp, cidr } = recorder.one("networking/subnet:Subnet", "pages");
    assert.deepEqual([cidr, gatewayIp], ["10.5.0.0/24", "10.5.0.1"]);
    const names = recorder.of("compute/instance:Instance").map(({ inputs }) => inputs.name);
    assert.deepEqual(names, ["wiki-dev-pages-1", "wiki-dev-pages-2"]);
    const ingress = recorder
      .of("networking/secGroupRule:SecGroupRule")
      .filter(({ inputs }) => inputs.direction === "ingress")
      .map(({ inputs }) => `${inputs.portRangeMin} ${inputs.remoteIpPrefix}`);
    assert.deepEqual(ingress.sort(), ["22 198.51.100.0/24", "80 10.5.0.0/24"]);
    const { vipAddress, tags } = recorder.one("loadbalancer/loadBalancer:LoadBalancer", "pages");
    assert.deepEqual([vipAddress, tags], ["10.5.0.10", ["wiki", "wiki-dev", "wiki-dev-pages"]]);
    assert.equal(recorder.of("loadbalancer/member:Member").length, 2);
  });

  it("make a database of the sections of a stack file, on a volume of its own", async () => {
    const { recorder } = await record(() => {
      const database = databaseSchema.parse(SMALLEST.database);
      new Database("data", {
        naming,
        config: { cloud: cloudSchema.parse(SMALLEST.cloud), database },
        cloud: { machines: { database: { flavor: { name: "m1.small", vcpus: 1, ram: 2048, disk: 20 } } } },
        clients: "10.5.1.0/24",
        credentials: new Credentials("data", database),
        imageId: "image-id",
        network: network(),
        securityGroupId: "group-id",
        boot: BOOT,
      });
    });
    assert.equal(recorder.one("blockstorage/volume:Volume", "data").size, 10);
    assert.equal(recorder.one("compute/volumeAttach:VolumeAttach", "data").volumeId, "id-of-data");
  });

  describe("a server in a network that somebody else made", () => {
    /** Of the server and its port: networks or subnet, and whether the old one goes before the new one comes. */
    const made = async (more: { readonly otherPorts?: string[]; readonly keepsPorts?: boolean } = {}) => {
      const first: Record<string, unknown> = {};
      const note: pulumi.ResourceTransformation = ({ type, opts }) => {
        if ("deleteBeforeReplace" in opts) first[type.split(":").at(-1) ?? ""] = opts.deleteBeforeReplace;
        return undefined;
      };
      const { recorder } = await record(
        () =>
          new Server(
            "door",
            {
              naming,
              tier: "door",
              number: 1,
              imageId: "image-id",
              flavor: "m1.small",
              network: { networkId: "their-network", subnetId: "their-subnet" },
              securityGroupId: "group-id",
              boot: BOOT,
              role: ROLE,
              ...more,
            },
            { transformations: [note] },
          ),
      );
      const { networks } = recorder.one("compute/instance:Instance", "door");
      return { networks, port: recorder.one("networking/port:Port", "door"), first };
    };

    it("has a port there, and comes before the one that it replaces, on a port of its own", async () => {
      const { networks, port, first } = await made();
      assert.deepEqual([port.networkId, port.fixedIps], ["their-network", [{ subnetId: "their-subnet" }]]);
      assert.deepEqual(networks, [{ port: "id-of-door" }]);
      assert.deepEqual(first, { Port: false, Instance: false });
    });

    it("comes after it where it keeps its ports, as one with several must", async () => {
      assert.deepEqual((await made({ keepsPorts: true })).first, { Port: true, Instance: true });
      const { networks, first } = await made({ otherPorts: ["their-port"] });
      assert.deepEqual(networks, [{ port: "id-of-door" }, { port: "their-port" }]);
      assert.deepEqual(first, { Port: true, Instance: true });
    });
  });
});
