import assert from "node:assert/strict";
import { LOOKUPS, lookUp, REPEATABLE } from "../../commands/repair/lookups";
import { subnetsOfOthers } from "../../commands/repair/other-stores";
import { exportedState, pendingCreates, settle } from "../../commands/repair/state";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { Recorder, record } from "../support/recorder";
import { CLOUD, SMALLEST } from "../support/stack-files";

const creating = (name: string) => ({
  type: "creating",
  resource: { urn: `urn:${name}`, type: "openstack:networking/network:Network", inputs: { name }, custom: true },
});

describe("the repair of a stack whose engine was killed", () => {
  it("adopts what the cloud has, forgets what it has not, and keeps all the rest of the state", () => {
    const state = exportedState.parse({
      version: 3,
      deployment: {
        secrets_providers: { type: "passphrase" },
        resources: [{ urn: "urn:there", id: "1" }],
        pending_operations: [creating("made"), creating("not-made"), { ...creating("gone"), type: "deleting" }],
      },
    });
    assert.deepEqual(
      pendingCreates(state).map(({ urn }) => urn),
      ["urn:made", "urn:not-made"],
    );
    assert.deepEqual(settle(state, new Map([["urn:made", "2"]])), {
      version: 3,
      deployment: {
        secrets_providers: { type: "passphrase" },
        resources: [
          { urn: "urn:there", id: "1" },
          { ...creating("made").resource, id: "2" },
        ],
        pending_operations: [{ ...creating("gone"), type: "deleting" }],
      },
    });
  });

  it("keeps with a pool member the pool that it is read by", () => {
    const inputs = { poolId: "pool", address: "10.20.0.41", protocolPort: 80 };
    const member = { urn: "urn:member", type: "openstack:loadbalancer/member:Member", inputs };
    const state = exportedState.parse({ deployment: { pending_operations: [{ type: "creating", resource: member }] } });
    const [adopted] = settle(state, new Map([["urn:member", "5"]])).deployment.resources;
    assert.deepEqual(adopted, { ...member, id: "5", outputs: { poolId: "pool" } });
  });

  it("gives an adopted server's port up, where the next server comes before it goes", () => {
    const type = "openstack:compute/instance:Instance";
    const server = { urn: "urn:web-1", type, inputs: { networks: [{ port: "port-1" }] } };
    const port = (id: string, more: object = {}) => ({ urn: `urn:${id}`, id, ...more });
    const state = exportedState.parse({
      deployment: {
        resources: [port("port-1", { replacementTrigger: "a" }), port("port-2", { replacementTrigger: "a" })],
        pending_operations: [{ type: "creating", resource: server }],
      },
    });
    const [first, second] = settle(state, new Map([["urn:web-1", "7"]])).deployment.resources;
    assert.deepEqual(first, port("port-1", { replacementTrigger: "of an adopted server" }));
    assert.deepEqual(second, port("port-2", { replacementTrigger: "a" }));

    const fixed = exportedState.parse({
      deployment: { resources: [port("port-1")], pending_operations: [{ type: "creating", resource: server }] },
    });
    assert.deepEqual(settle(fixed, new Map([["urn:web-1", "7"]])).deployment.resources[0], port("port-1"));
  });

  it("lets a replacement take the place of its predecessor", () => {
    const state = exportedState.parse({
      deployment: {
        resources: [
          { urn: "urn:first-deleted", id: "1", pendingReplacement: true },
          { urn: "urn:first-made", id: "2" },
        ],
        pending_operations: [creating("first-deleted"), creating("first-made")],
      },
    });
    const ids = new Map([
      ["urn:first-deleted", "3"],
      ["urn:first-made", "4"],
    ]);
    assert.deepEqual(settle(state, ids).deployment.resources, [
      { urn: "urn:first-made", id: "2", delete: true },
      { ...creating("first-deleted").resource, id: "3" },
      { ...creating("first-made").resource, id: "4" },
    ]);
  });

  it("knows how to find every type that the program makes", async () => {
    const config = validate("ecommerce", SMALLEST);
    const { recorder } = await record(
      () => new Storefront("store", { config, cloud: CLOUD, naming: new Naming("ecommerce", "dev") }),
      new Recorder(),
    );
    const types = new Set(recorder.registrations.map(({ type }) => type));
    const unknown = [...types].filter((type) => !LOOKUPS[type] && !REPEATABLE.some((kind) => kind.test(type)));
    assert.deepEqual(unknown, []);
  });

  it("tells one security group rule from the others", async () => {
    const lookup = LOOKUPS["openstack:networking/secGroupRule:SecGroupRule"];
    assert.ok(lookup);
    const rule = {
      direction: "ingress",
      protocol: "tcp",
      port_range_min: 80,
      port_range_max: 80,
      remote_group_id: null,
    };
    const rules = [
      { ...rule, id: "other network", remote_ip_prefix: "10.20.1.0/24" },
      { ...rule, id: "other port", port_range_max: 81, remote_ip_prefix: "10.20.0.0/24" },
      { ...rule, id: "wanted", remote_ip_prefix: "10.20.0.0/24" },
    ];
    let asked = "";
    const cloud = {
      call: async (service: string, path: string) => {
        asked = `${service}${path}`;
        return { security_group_rules: rules };
      },
    };
    const found = await lookUp(
      cloud,
      lookup,
      {
        securityGroupId: "g",
        direction: "ingress",
        protocol: "tcp",
        portRangeMin: 80,
        portRangeMax: 80,
        remoteIpPrefix: "10.20.0.0/24",
      },
      "p",
    );
    assert.deepEqual(
      found.map(({ id }) => id),
      ["wanted"],
    );
    assert.equal(asked, "network/v2.0/security-group-rules?security_group_id=g&direction=ingress&project_id=p");
  });

  describe("in a project that others use too", () => {
    const naming = new Naming("ecommerce", "dev");
    const own = { name: naming.name("web"), tags: naming.tags("web"), project_id: "p" };
    const metadata = naming.metadata("db");
    const inputs = { name: own.name, tags: own.tags };
    const found = async (type: string, key: string, items: readonly object[], wanted: object = inputs) => {
      const lookup = LOOKUPS[type];
      assert.ok(lookup);
      const all = await lookUp({ call: async () => ({ [key]: items }) }, lookup, { ...wanted }, "p");
      return all.map(({ id }) => id);
    };

    it("takes nothing of another project, which administrators see, nor of another store of that name", async () => {
      const items = [
        { ...own, id: "own" },
        { ...own, id: "another project's", project_id: "q" },
        { ...own, id: "somebody's", tags: [] },
        { ...own, id: "another tier's", tags: naming.tags("app") },
      ];
      const kinds = {
        "openstack:networking/network:Network": "networks",
        "openstack:networking/router:Router": "routers",
        "openstack:networking/secGroup:SecGroup": "security_groups",
        "openstack:networking/floatingIp:FloatingIp": "floatingips",
        "openstack:networking/port:Port": "ports",
        "openstack:loadbalancer/loadBalancer:LoadBalancer": "loadbalancers",
      };
      for (const [type, key] of Object.entries(kinds)) assert.deepEqual(await found(type, key, items), ["own"], type);
      // Made, and not tagged yet when the engine was killed.
      const description = "web tier of ecommerce-dev";
      const cut = { ...own, id: "cut off", tags: [], description };
      const wanted = { ...inputs, description };
      assert.deepEqual(await found("openstack:networking/router:Router", "routers", [...items, cut], wanted), [
        "own",
        "cut off",
      ]);
    });

    it("knows servers and volumes by their metadata, pools by their balancer, and Heat's stacks by their names", async () => {
      const items = [
        { id: "own", name: own.name, metadata: { ...metadata, more: "1" } },
        { id: "prod's", name: own.name, metadata: { ...metadata, stack: "prod" } },
        { id: "somebody's", name: own.name, metadata: {} },
        { id: "another project's", name: own.name, metadata, "os-vol-tenant-attr:tenant_id": "q" },
      ];
      const wanted = { name: own.name, metadata };
      assert.deepEqual(await found("openstack:blockstorage/volume:Volume", "volumes", items, wanted), ["own"]);
      assert.deepEqual(await found("openstack:compute/instance:Instance", "servers", items, wanted), ["own"]);
      const encrypted = { ...wanted, metadata: { ...metadata, accounts: { ciphertext: "v1:" } } };
      assert.deepEqual(await found("openstack:compute/instance:Instance", "servers", items, encrypted), ["own"]);
      const pools = ["balancer", "colleague's"].map((id) => ({ id, name: own.name, loadbalancers: [{ id }] }));
      const pool = { name: own.name, loadbalancerId: "balancer" };
      assert.deepEqual(await found("openstack:loadbalancer/pool:Pool", "pools", pools, pool), ["balancer"]);
      const stacks = [own.name, `${own.name}-trial`].map((name) => ({ id: name, stack_name: name }));
      const type = "openstack:orchestration/stackV1:StackV1";
      assert.deepEqual(await found(type, "stacks", stacks, { name: own.name }), [own.name]);
    });

    it("tells the parts of a store of the same name that another backend has", async () => {
      const subnet = { name: own.name, tags: own.tags, project_id: "p" };
      const subnets = [
        { ...subnet, id: "known", network_id: "network" },
        { ...subnet, id: "made just now", network_id: "network" },
        { ...subnet, id: "colleague's", network_id: "another" },
        { ...subnet, id: "another project's", network_id: "another", project_id: "q" },
        { ...subnet, id: "prod's", network_id: "another", tags: ["ecommerce", "ecommerce-prod"] },
      ];
      const asked: string[] = [];
      const call = async (service: string, path: string) => {
        asked.push(`${service}${path}`);
        return { subnets };
      };
      assert.deepEqual(await subnetsOfOthers({ call }, "p", naming.prefix, new Set(["known", "network"])), [
        "subnet ecommerce-dev-web (colleague's) on network another",
      ]);
      assert.deepEqual(asked, ["network/v2.0/subnets?project_id=p&tags=ecommerce-dev"]);
    });
  });
});
