import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { eventually } from "../support/eventually";
import { openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { ONE_EACH, SMALLEST } from "../support/stack-files";

const ROOT_DISK = { flavor: "v1.small", rootDisk: { size: 5, type: "lab-ssd" } };

describe("a store on what a cloud has already", function () {
  this.timeout("10m");
  let lab: TestLab;

  before(async () => {
    lab = await openLab();
  });

  it("uses a router, a web subnet and a floating IP of the user's, and leaves them as they were", async () => {
    const { id: external } = await externalNetwork(lab);
    const floating = await make(lab, "floatingip", { floating_network_id: external, description: "mine" });
    const router = await make(lab, "router", { name: "mine", external_gateway_info: { network_id: external } });
    const network = await make(lab, "network", { name: "mine" });
    const subnet = await make(lab, "subnet", {
      name: "mine",
      network_id: network.id,
      ip_version: 4,
      cidr: "192.168.7.0/24",
    });
    await lab.member.call("network", `/v2.0/routers/${router.id}/add_router_interface`, "PUT", {
      subnet_id: subnet.id,
    });
    const before = await lab.member.everything();

    const stack = await lab.open("adopts", {
      "ecommerce:cloud": {
        externalNetwork: external,
        router: "mine",
        floatingIp: floating.floating_ip_address,
        objectStorage: false,
        computeZones: ["nova"],
        dnsServers: ["192.0.2.53"],
      },
      "ecommerce:network": { web: { cidr: "192.168.7.0/24", subnet: "mine", address: "192.168.7.200" }, mtu: 1400 },
      "ecommerce:web": { ...SMALLEST.web, ...ROOT_DISK, count: 1 },
      "ecommerce:app": { ...SMALLEST.app, count: 1 },
      "ecommerce:balancing": {
        provider: "octavia",
        web: { algorithm: "LEAST_CONNECTIONS", persistence: { type: "APP_COOKIE", cookie: "OCSESSID" } },
        app: {
          algorithm: "SOURCE_IP",
          persistence: { type: "SOURCE_IP" },
          monitor: { path: "/", delay: 5, timeout: 2 },
        },
      },
    });
    const { outputs } = await stack.up();
    assert.equal(outputs.storefrontUrl?.value, `http://${floating.floating_ip_address}/`);
    const everything = await lab.member.everything();
    assert.deepEqual([...(everything.routers ?? [])].sort(), ["ecommerce-adopts-data-router", "mine"]);
    assert.equal(everything.containers, undefined);
    const disks = (await lab.member.list("volumes")).filter(({ volume_type: type }) => type === "lab-ssd");
    assert.deepEqual(
      disks.map(({ size, bootable }) => [size, bootable]),
      [[5, "true"]],
    );
    const app = (await lab.member.list("networks")).find(({ name }) => name === "ecommerce-adopts-app");
    assert.equal(app?.mtu, 1400);
    const { changeSummary } = await stack.preview();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);

    await stack.destroy({ remove: true });
    assert.deepEqual(await lab.member.everything(), before);
    const left = (await lab.member.list("floatingips"))[0];
    assert.deepEqual([left?.id, left?.port_id, left?.description], [floating.id, null, "mine"]);
    await lab.command("reset", TEST_CLOUD);
  });

  it("imports a balancer and a volume as the documentation says: the same objects, now the stack's own", async () => {
    const { id: external } = await externalNetwork(lab);
    const router = await make(lab, "router", { name: "old", external_gateway_info: { network_id: external } });
    const network = await make(lab, "network", { name: "old" });
    const cidr = "192.168.9.0/24";
    const subnet = await make(lab, "subnet", { name: "old", network_id: network.id, ip_version: 4, cidr });
    await lab.member.call("network", `/v2.0/routers/${router.id}/add_router_interface`, "PUT", {
      subnet_id: subnet.id,
    });
    const asked = { name: "shop-front", vip_subnet_id: subnet.id, vip_address: "192.168.9.10" };
    const { loadbalancer } = await lab.member.call("load-balancer", "/v2/lbaas/loadbalancers", "POST", {
      loadbalancer: asked,
    });
    const { volume } = await lab.member.call("block-storage", "/volumes", "POST", {
      volume: { name: "shop-data", size: 10 },
    });
    const { id: balancerId } = Object(loadbalancer);
    const { id: volumeId } = Object(volume);
    const balancer = async () => (await lab.member.list("loadbalancers")).find(({ id }) => id === balancerId);
    await eventually(balancer, (found) => found?.provisioning_status === "ACTIVE");

    const stack = await lab.open("imports", {
      "ecommerce:cloud": { externalNetwork: external, router: "old", objectStorage: false },
      "ecommerce:network": { web: { cidr, subnet: "old" } },
      "ecommerce:balancing": {}, // the cloud's default provider, as the balancer that is there
      ...ONE_EACH,
    });
    const documentation = await readFile(path.join(ROOT, "docs/other-stacks.md"), "utf8");
    const [, example = ""] = /```json\n(.*?)```/s.exec(documentation) ?? [];
    const text = example.replace("ID-OF-THE-BALANCER", balancerId).replace("ID-OF-THE-VOLUME", volumeId);
    const { workDir } = stack.workspace;
    await writeFile(path.join(workDir, "import.json"), text);
    const flags = ["--generate-code=false", "--protect=false", "--yes", "--skip-preview", "--stack", stack.name];
    await run("pulumi", ["import", "--file", "import.json", ...flags], { cwd: workDir, env: lab.env });

    await stack.up();
    const imported = await balancer();
    assert.deepEqual([imported?.name, imported?.vip_address], ["ecommerce-imports-web", "192.168.9.10"]);
    assert.equal((await lab.member.list("loadbalancers")).length, 2);
    const volumes = await lab.member.list("volumes");
    assert.deepEqual(
      volumes.map(({ id, name, status }) => [id, name, status]),
      [[volumeId, "ecommerce-imports-db-data", "in-use"]],
    );
    assert.deepEqual(Object.keys((await stack.preview()).changeSummary), ["same"]);
    await lab.command("reset", TEST_CLOUD);
  });

  it("refuses a subnet whose CIDR is another than the stack file says", async () => {
    const network = await make(lab, "network", { name: "mine" });
    await make(lab, "subnet", { name: "mine", network_id: network.id, ip_version: 4, cidr: "192.168.8.0/24" });
    const stack = await lab.open("other-cidr", {
      "ecommerce:network": { web: { cidr: "192.168.7.0/24", subnet: "mine" } },
    });
    await assert.rejects(stack.preview(), /network\.web\.subnet: "mine" has the CIDR 192\.168\.8\.0\/24/);
    await lab.command("reset", TEST_CLOUD);
  });
});

async function externalNetwork(lab: TestLab): Promise<{ id: unknown }> {
  const { networks } = await lab.member.call("network", "/v2.0/networks?router:external=true");
  assert.ok(Array.isArray(networks));
  return networks[0];
}

/** Makes one Neutron object. @param kind in the singular, e.g. `router` */
async function make(lab: TestLab, kind: string, properties: Record<string, unknown>): Promise<Record<string, unknown>> {
  const answer = await lab.member.call("network", `/v2.0/${kind}s`, "POST", { [kind]: properties });
  return Object(answer[kind]);
}
