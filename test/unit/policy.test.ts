import assert from "node:assert/strict";
import { unknownCheckingProxy, unknownObjectValue, unknownStringValue } from "@pulumi/policy/proxy";
import { packConfig } from "../../policy/docs";
import { excused } from "../../policy/exceptions";
import { plain, UNKNOWN } from "../../policy/resources";
import { RULES } from "../../policy/rules";
import { isWorld } from "../../policy/rules/addresses";
import { rememberStackConfig } from "../../policy/stack-config";
import { judge } from "../support/policy";
import { CASES } from "./policy-cases";
import type { StackFile } from "./policy-cases/parts";

const configOf = ({ plain = {}, encrypted = [] }: StackFile = {}) => ({
  values: new Map(Object.entries(plain)),
  encrypted: new Set(encrypted),
});

/** What Checkov 3.3 and Trivy 0.6x have for OpenStack. */
const FOREIGN = [1, 2, 3, 4, 5].flatMap((number) => [`CKV_OPENSTACK_${number}`, `OPNSTK-000${number}`]);

describe("the policy pack's rules", () => {
  it("have each a name, a reason, a remediation and cases of their own", () => {
    const names = RULES.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual([...names].sort(), Object.keys(CASES).sort());
    for (const { name, concern, reason, remediation } of RULES) {
      assert.ok(name.startsWith(`${concern}-`), name);
      for (const text of [reason, remediation]) assert.match(text, /\.$/, name);
    }
  });

  it("cover all that Checkov and Trivy look for on OpenStack", () => {
    const covered = new Set(RULES.flatMap(({ covers }) => covers ?? []));
    assert.deepEqual(
      FOREIGN.filter((id) => !covered.has(id)),
      [],
    );
  });

  for (const rule of RULES) {
    it(`${rule.name}: finds what it is there for, and nothing else`, async () => {
      const found = CASES[rule.name];
      assert.ok(found);
      const { bad, good, says, config, stackFile } = found;
      rememberStackConfig(configOf(stackFile?.bad));
      const messages = await judge(rule, bad, config);
      assert.ok(messages.length > 0, "it found nothing");
      for (const message of messages) assert.match(message, says);
      if ("validateResource" in rule.policy) {
        for (const one of bad) assert.notDeepEqual(await judge(rule, [one], config), [], JSON.stringify(one.props));
      }
      rememberStackConfig(configOf(stackFile?.good));
      assert.deepEqual(await judge(rule, good, config), []);
    });
  }

  it("take a public container for an accident unless the stack file asks for one", async () => {
    const rule = RULES.find(({ name }) => name === "data-private-containers");
    assert.ok(rule);
    const props = { name: "ecommerce-dev-static", containerRead: ".r:*" };
    const sample = { kind: "openstack:objectstorage/container:Container", name: "it", props };
    for (const shop of ["{}", JSON.stringify({ publicStatic: false })]) {
      rememberStackConfig(configOf({ plain: { "ecommerce:shop": shop } }));
      assert.deepEqual(await judge(rule, [sample]), ["it is read by everybody"]);
    }
  });

  it("let pass what an exception names, with a reason and until its last day", async () => {
    const rule = RULES.find(({ name }) => name === "data-protected-volumes");
    const sample = CASES["data-protected-volumes"]?.bad ?? [];
    assert.ok(rule);
    const type = "openstack:blockstorage/volume:Volume";
    const exception = (until: string) => ({ resource: "it", type, reason: "migrating to another type", until });
    assert.deepEqual(await judge(rule, sample, { exceptions: [exception("2999-12-31")] }), []);
    assert.deepEqual(await judge(rule, sample, { exceptions: [exception("2020-01-31")] }), [
      "it is not protected (its exception ended on 2020-01-31)",
    ]);
    assert.deepEqual(await judge(rule, sample, { exceptions: [{ ...exception("2999-12-31"), resource: "other" }] }), [
      "it is not protected",
    ]);
    const it = { name: "it", kind: type };
    assert.equal(excused("rule", it, "is bad", [exception("2026-01-01")], "2026-01-01"), "excused");
  });

  it("let pass nothing of another type that has the name of an exception", async () => {
    const rule = RULES.find(({ name }) => name === "network-described-groups");
    assert.ok(rule);
    const group = "openstack:networking/secGroup:SecGroup";
    const kinds = [group, "openstack:networking/secGroupRule:SecGroupRule"];
    const samples = kinds.map((kind) => ({ kind, name: "it", props: {} }));
    const exception = { resource: "it", reason: "taken over as it was", until: "2999-12-31" };
    assert.deepEqual(await judge(rule, samples, { exceptions: [{ ...exception, type: group }] }), [
      "it has no description",
    ]);
    assert.deepEqual(
      await judge(rule, samples, { exceptions: [exception] }),
      kinds.map((kind) => `it has no description (its exception must have "type": "${kind}")`),
    );
  });

  it("excuse the store as a whole without a type, and no resource of that name", async () => {
    const rule = RULES.find(({ name }) => name === "whole-within-limits");
    assert.ok(rule);
    const server = { kind: "openstack:compute/instance:Instance", name: "it", props: {} };
    const exceptions = [{ resource: "the store", reason: "the numbers are meant", until: "2999-12-31" }];
    const limits = { servers: 0, volumes: 1, floatingIps: 0 };
    assert.deepEqual(await judge(rule, [server], limits), ["the store has 1 servers, and the limit is 0"]);
    assert.deepEqual(await judge(rule, [server], { ...limits, exceptions }), []);
    const open = RULES.find(({ name }) => name === "data-protected-volumes");
    assert.ok(open);
    const named = { kind: "openstack:blockstorage/volume:Volume", name: "the store", props: {} };
    assert.equal((await judge(open, [named], { exceptions })).length, 1);
  });

  it("see unknown values as present, not as the end of the rule", () => {
    const unknowns = { a: unknownStringValue, b: [unknownObjectValue, 1], c: { d: unknownStringValue } };
    const expected = { a: UNKNOWN, b: [UNKNOWN, 1], c: { d: UNKNOWN } };
    assert.deepEqual(plain(unknownCheckingProxy(unknowns)), expected);
  });

  it("know the world also in halves", () => {
    const worlds = [
      undefined,
      "",
      "0.0.0.0/0",
      "0.0.0.0/1",
      "128.0.0.0/1",
      "64.0.0.0/2",
      "::/0",
      "8000::/1",
      "2000::/3",
    ];
    for (const cidr of worlds) assert.ok(isWorld(cidr), cidr);
    for (const cidr of ["10.0.0.0/8", "203.0.113.1/32", "2001:db8::/32", "10.0.0.1", UNKNOWN])
      assert.ok(!isWorld(cidr), cidr);
  });
});

describe("the policies' documentation", () => {
  it("knows every rule that an environment's configuration names", () => {
    const names = new Set(["all", ...RULES.map(({ name }) => name)]);
    for (const environment of ["dev", "prod"] as const) {
      assert.deepEqual(
        Object.keys(packConfig(environment)).filter((name) => !names.has(name)),
        [],
      );
    }
  });
});
