import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { validate } from "../../components/config/validate";
import { ROOT } from "../../toolchain/paths";

describe("the stack files that come with the program", () => {
  for (const name of ["dev", "prod"]) {
    it(`Pulumi.${name}.yaml is sound, and holds nothing encrypted for somebody else's passphrase`, () => {
      const file = parse(readFileSync(path.join(ROOT, `Pulumi.${name}.yaml`), "utf8"));
      assert.deepEqual(Object.keys(file), ["config"]);
      const keys = Object.entries(file.config).map(([key, value]) => [key.replace(/^ecommerce:/, ""), value]);
      validate("ecommerce", Object.fromEntries(keys));
    });
  }

  it("prod keeps its data when somebody destroys the stack", () => {
    const { config } = parse(readFileSync(path.join(ROOT, "Pulumi.prod.yaml"), "utf8"));
    assert.equal(config["ecommerce:database"].volume.onDestroy, "refuse");
  });
});
