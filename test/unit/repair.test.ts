import assert from "node:assert/strict";
import { LOOKUPS, lookUp, REPEATABLE } from "../../commands/repair/lookups";
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
    const found = await lookUp(cloud, lookup, {
      securityGroupId: "g",
      direction: "ingress",
      protocol: "tcp",
      portRangeMin: 80,
      portRangeMax: 80,
      remoteIpPrefix: "10.20.0.0/24",
    });
    assert.deepEqual(
      found.map(({ id }) => id),
      ["wanted"],
    );
    assert.equal(asked, "network/v2.0/security-group-rules?security_group_id=g&direction=ingress");
  });
});
