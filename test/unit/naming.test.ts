import assert from "node:assert/strict";
import { Naming } from "../../components/core/naming";

describe("naming", () => {
  it("joins project, stack, tier and number", () => {
    assert.equal(new Naming("ecommerce", "dev").name("web", 1), "ecommerce-dev-web-1");
  });

  it("tells stacks and tiers apart by tags", () => {
    assert.deepEqual(new Naming("ecommerce", "prod").tags("app"), [
      "ecommerce",
      "ecommerce-prod",
      "ecommerce-prod-app",
    ]);
  });

  it("refuses names that make no host names", () => {
    for (const stack of ["a_b", "a.b", "-", "x".repeat(50)]) {
      assert.throws(() => new Naming("ecommerce", stack), /make no host names/, stack);
    }
  });
});
