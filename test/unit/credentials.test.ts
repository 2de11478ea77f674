import assert from "node:assert/strict";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { plan, replacementTriggers } from "../support/plan";
import { CLOUD, SMALLEST, STORAGE } from "../support/stack-files";

const NAMES = ["store-media", "store-backups-writer", "store-backups-reader"];

describe("the servers' application credentials", function () {
  this.timeout("1m");
  const store = (role: object) => () => {
    const config = validate("ecommerce", {
      ...SMALLEST,
      access: { services: ["192.0.2.0/24"] },
      shop: { media: { driver: "swift", ...role } },
      database: { ...SMALLEST.database, backups: { image: "debian-12", flavor: "m1.small", ...role } },
    });
    return new Storefront("store", {
      config,
      cloud: { ...CLOUD, storage: STORAGE },
      naming: new Naming("ecommerce", "dev"),
    });
  };

  it("stay when a refresh shows the roles that theirs imply, under the names that they always had", async () => {
    const resources = await plan(store({ role: "member" }));
    const made = resources.filter(({ type }) => type.endsWith(":ApplicationCredential"));
    assert.deepEqual(made.map(({ name }) => name).sort(), [...NAMES].sort());
    for (const { name, props, opts } of made) {
      assert.equal(JSON.stringify([props.roles, opts.ignoreChanges]), '[["member"],["roles"]]', name);
    }
  });

  it("are replaced by a change of the role that the stack file names", async () => {
    for (const [config, role] of [
      [{}, "reader"],
      [{ role: "member" }, "member"],
    ] as const) {
      const triggers = await replacementTriggers(store(config));
      assert.deepEqual(
        NAMES.map((name) => triggers.get(name)),
        NAMES.map(() => role),
      );
    }
  });
});
