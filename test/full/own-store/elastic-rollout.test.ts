import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type FullStore, withOwnStore } from "../../support/full-lab";
import { failure } from "../../support/lab";
import { sells, tell, watching } from "../../support/shopper";
import { unexplained } from "../../support/switch-aborts";
import { TierInCloud } from "../../support/tier-in-cloud";

const STACK = "elastic-app";
const GROUP = `ecommerce-${STACK}-app`;
/** Golden images boot in 10 s. */
const SCALING = { mode: "auto", min: 2, max: 2, warmup: 30, rollout: { pause: 30 } };

describe("a store whose elastic app tier is replaced", function () {
  this.timeout("15m");
  let store: FullStore;
  let tier: TierInCloud;

  withOwnStore(
    {
      name: STACK,
      cloud: "lab-third",
      sections: {
        web: { count: 1 },
        app: { scaling: SCALING },
        telemetry: { driver: "heat-signal" },
      },
    },
    async (given) => {
      store = given;
      tier = new TierInCloud(store.lab.member, GROUP);
      await sells(store.url);
    },
  );

  const members = async () => (await tier.servers()).map(({ id }) => String(id)).sort();
  const heatStacks = async () => (await store.lab.member.list("stacks")).map(({ stack_name: name }) => name);

  it("a release with a wrong SHA-256 replaces nobody: up says why, and no request fails", async () => {
    const before = await members();
    assert.equal(before.length, 2);
    const release = { url: "file:///nowhere.zip", sha256: "0".repeat(64) };
    const stack = await store.changed({}, { "ecommerce:shop": { media: { driver: "swift" }, release } });
    let said = "";
    const seen = await watching(store.url, 5, async () => {
      said = await failure((onOutput) => stack.up({ onOutput }));
    });
    tell("a release that cannot be fetched, elastic app tier", seen);
    assert.match(said, /group ecommerce-elastic-app-app keeps its servers, since one on trial does not serve/);
    assert.match(said, /FAILED after \d+ s while fetching the shop: file:\/\/\/nowhere\.zip cannot be fetched/);
    assert.equal(await unexplained(seen, store), 0, seen.reasons.join("; "));
    assert.deepEqual(await members(), before);
    assert.deepEqual(await heatStacks(), [GROUP]);
  });

  it("what boots is tried out first, then replaces every member, and up ends when they serve", async () => {
    const before = await members();
    const stack = await store.changed({ app: { scaling: SCALING, flavor: "m1.medium" } });
    const tried: string[] = [];
    const seen = await watching(store.url, 10, async () => {
      const up = stack.up().then(() => true);
      while (!(await Promise.race([up, sleep(1000, false)]))) {
        const names = (await tier.servers()).map(({ name }) => String(name));
        tried.push(...names.filter((name) => name.startsWith(`${GROUP}-trial-`)));
      }
    });
    tell("another flavor, elastic app tier", seen);
    assert.equal(await unexplained(seen, store), 0, seen.reasons.join("; "));
    assert.equal(new Set(tried).size, 1);
    const after = await members();
    assert.equal(after.length, 2);
    assert.ok(after.every((id) => !before.includes(id)));
    assert.deepEqual(await heatStacks(), [GROUP]);
    assert.deepEqual(Object.keys((await stack.preview()).changeSummary), ["same"]);
  });
});
