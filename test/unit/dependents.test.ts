import assert from "node:assert/strict";
import { foreignPorts } from "../../commands/dependents/ports";
import { referringStacks } from "../../commands/dependents/references";
import type { StateResource } from "../../commands/dependents/state";

const resource = (type: string, id: string, inputs: Record<string, unknown> = {}): StateResource => ({
  type,
  id,
  inputs,
});
const reference = (name: string) => resource("pulumi:pulumi:StackReference", name, { name });

describe("stacks that live on another", () => {
  const backend = (states: Record<string, StateResource[]>) => ({
    stacks: async () => Object.keys(states),
    resources: async (stack: string) => states[stack] ?? [],
  });

  it("are found by the references in their states, short names included", async () => {
    const found = await referringStacks(
      backend({
        "organization/ecommerce/dev": [],
        "organization/bastion/one": [
          resource("random:index/randomId:RandomId", "x"),
          reference("organization/ecommerce/dev"),
        ],
        "organization/ecommerce/canary": [reference("dev")],
        "organization/ecommerce/other": [reference("prod"), reference("organization/other/dev")],
        "organization/gone/one": [],
      }),
      "organization/ecommerce/dev",
    );
    assert.deepEqual(found, ["organization/bastion/one", "organization/ecommerce/canary"]);
  });

  it("are not found in the stack itself", async () => {
    const states = backend({ "organization/ecommerce/dev": [reference("organization/ecommerce/dev")] });
    assert.deepEqual(await referringStacks(states, "organization/ecommerce/dev"), []);
  });
});

describe("ports on a stack's networks", () => {
  const state = [
    resource("openstack:networking/network:Network", "net", { name: "ecommerce-dev-app" }),
    resource("openstack:networking/port:Port", "own-port"),
    resource("openstack:networking/routerInterface:RouterInterface", "own-leg", { routerId: "adopted-router" }),
    resource("openstack:loadbalancer/loadBalancer:LoadBalancer", "balancer"),
  ];
  const port = (id: string, owner: string, device: string, others: Record<string, unknown> = {}) => ({
    id,
    name: "",
    device_owner: owner,
    device_id: device,
    tags: [],
    fixed_ips: [{ ip_address: "10.20.1.40" }],
    ...others,
  });
  const found = async (...ports: unknown[]) => {
    const asked: string[] = [];
    const call = async (_: string, path: string) => {
      asked.push(path);
      return { ports };
    };
    const answer = await foreignPorts({ call }, state, "ecommerce-dev");
    assert.deepEqual(asked, ["/v2.0/ports?network_id=net"]);
    return answer.map(({ network, port }) => `${network}: ${port}`);
  };

  it("are the stack's, its members' or OpenStack's own, and then no hindrance", async () => {
    assert.deepEqual(
      await found(
        port("own-port", "compute:nova", "server"),
        port("member", "compute:nova", "server", { tags: ["ecommerce", "ecommerce-dev"] }),
        port("dhcp", "network:dhcp", "agent"),
        port("metadata", "network:distributed", "agent"),
        port("monitor", "ovn-lb-hm:distributed", "ovn-lb-hm-subnet"),
        port("own-leg", "network:router_interface", "whoever"),
        port("snat", "network:router_centralized_snat", "adopted-router"),
        port("vip", "Octavia", "lb-balancer"),
        port("vrrp", "compute:nova", "amphora", { name: "octavia-lb-vrrp-1" }),
      ),
      [],
    );
  });

  it("are others' otherwise, and named with address and device", async () => {
    assert.deepEqual(
      await found(
        port("1", "compute:nova", "bastion", { name: "bastion-dev-app", tags: ["bastion-dev"] }),
        port("2", "network:router_interface", "their-router"),
        port("3", "Octavia", "lb-theirs"),
        port("4", "", ""),
      ),
      [
        "ecommerce-dev-app: bastion-dev-app (10.20.1.40, compute:nova bastion)",
        "ecommerce-dev-app: 2 (10.20.1.40, network:router_interface their-router)",
        "ecommerce-dev-app: 3 (10.20.1.40, Octavia lb-theirs)",
        "ecommerce-dev-app: 4 (10.20.1.40, of no device)",
      ],
    );
  });
});
