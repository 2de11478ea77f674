/** The program's own stores under every rule, without an engine: a new rule or resource is judged at once. */
import assert from "node:assert/strict";
import type { PolicyResource } from "@pulumi/policy";
import { packConfig } from "../../policy/docs";
import { RULES } from "../../policy/rules";
import { type Environment, store, VARIANTS } from "../support/planned-stores";
import { judgePlan } from "../support/policy";

async function verdicts(resources: PolicyResource[], environment: Environment, more: object = {}): Promise<string[]> {
  const config = { ...packConfig(environment), ...more };
  const found = RULES.filter(({ name }) => config[name]?.enforcementLevel !== "disabled").map(async (rule) =>
    (await judgePlan(rule, resources, config[rule.name])).map((message) => `${rule.name}: ${message}`),
  );
  return (await Promise.all(found)).flat();
}

describe("the program under its policies", function () {
  this.timeout("30s");
  for (const [what, [environment, changes]] of Object.entries(VARIANTS)) {
    it(`finds nothing wrong with ${what}`, async () => {
      assert.deepEqual(await verdicts(await store(environment, changes), environment), []);
    });
  }

  it("knows what the prod store costs at its largest", async () => {
    const found = await verdicts(await store("prod"), "prod", { "whole-within-ceiling": { ceiling: 290 } });
    assert.deepEqual(found, ["whole-within-ceiling: the store costs up to 297.84 EUR a month, and the ceiling is 290"]);
  });
});
