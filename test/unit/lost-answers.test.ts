import assert from "node:assert/strict";
import { isOfLastRun, plannedCreates, updatePlan } from "../../commands/repair/lost-answers";

const SUBNET = "openstack:networking/subnet:Subnet";
const planned = (type: string, adds: object, steps: string[] = ["create"], custom = true) => ({
  goal: { type, name: "web", custom, inputDiff: { adds }, parent: "urn:parent", provider: "urn:provider::1" },
  steps,
});

describe("what the cloud has made though its answer never came", () => {
  it("is looked for among what the next up makes for the first time, with all inputs known", () => {
    const subnet = { name: "web", networkId: "n" };
    const plan = updatePlan.parse({
      manifest: {},
      resourcePlans: {
        "urn:made": planned(SUBNET, subnet),
        "urn:there": planned(SUBNET, {}, ["same"]),
        "urn:replaced": planned(SUBNET, subnet, ["create-replacement", "replace", "delete-replaced"]),
        "urn:never asked for": planned(SUBNET, { ...subnet, networkId: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }),
        "urn:password": planned("random:index/randomPassword:RandomPassword", { length: 20 }),
        "urn:component": planned("ecommerce:network:TierNetwork", {}, ["create"], false),
        "urn:gone": { steps: ["delete"] },
      },
    });
    const common = { custom: true, parent: "urn:parent", provider: "urn:provider::1" };
    assert.deepEqual(plannedCreates(plan), [{ urn: "urn:made", type: SUBNET, ...common, inputs: subnet }]);
  });

  const begun = Date.parse("2026-11-28T10:00:00Z");
  const none = new Set<string>();
  const isIt = (item: object, inputs: Record<string, unknown> = {}, known: ReadonlySet<string> = none) =>
    isOfLastRun({ ...item }, inputs, known, begun);

  it("belongs to something that the state has, however old", () => {
    const old = { created_at: "2020-01-01T00:00:00Z" };
    assert.equal(isIt(old, { networkId: "n" }, new Set(["n"])), true);
    assert.equal(isIt(old, { networks: [{ port: "p" }] }, new Set(["p"])), true);
    assert.equal(isIt(old, { networkId: "other" }, new Set(["n"])), false);
  });

  it("or is no older than that run, in every service's way to say so, with five minutes for clocks that differ", () => {
    for (const key of ["created_at", "created", "creation_time"]) {
      for (const recent of [
        "2026-11-28T10:00:05Z",
        "2026-11-28T10:00:05.000000",
        "2026-11-28T10:00:05",
        "2026-11-28T09:56:00Z",
      ])
        assert.equal(isIt({ [key]: recent }), true, recent);
      assert.equal(isIt({ [key]: "2026-11-28T09:54:00" }), false);
      assert.equal(isIt({ [key]: "2026-11-28T11:00:05+02:00" }), false);
    }
  });

  it("and nobody has put anything into it, and it has not failed", () => {
    const recent = { created_at: "2026-11-28T10:00:05Z" };
    for (const key of ["subnets", "attachments", "listeners", "pools"]) {
      assert.equal(isIt({ ...recent, [key]: [] }), true);
      assert.equal(isIt({ ...recent, [key]: ["something"] }), false, key);
    }
    assert.equal(isIt({ ...recent, status: "error" }), false);
    assert.equal(isIt({ ...recent, provisioning_status: "ERROR" }, { vipSubnetId: "s" }, new Set(["s"])), false);
    assert.equal(isIt({ members: [] }), true);
    assert.equal(isIt({ members: ["server"] }), false);
    assert.equal(isIt({}), false);
  });
});
