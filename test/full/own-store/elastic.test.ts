import assert from "node:assert/strict";
import { eventually } from "../../support/eventually";
import { type FullStore, inside, withOwnStore } from "../../support/full-lab";
import { bought } from "../../support/guest";
import { anew, sells, tell, type Watch, watching } from "../../support/shopper";
import { unexplained } from "../../support/switch-aborts";
import { are, TierInCloud } from "../../support/tier-in-cloud";

const STACK = "elastic";
/** Seconds; golden images boot in 10. */
const WARMUP = 30;

describe("a store whose web tier grows and shrinks, behind OVN's balancer", function () {
  this.timeout("10m");
  let store: FullStore;
  let tier: TierInCloud;

  withOwnStore(
    {
      name: STACK,
      cloud: "lab-third",
      sections: {
        web: { scaling: { mode: "auto", min: 2, max: 3, window: 30, cooldown: 15, warmup: WARMUP } },
        app: { count: 1 },
        telemetry: { driver: "heat-signal", granularity: 5, sampling: 5 },
      },
    },
    async (given) => {
      store = given;
      tier = new TierInCloud(store.lab.member, `ecommerce-${STACK}-web`);
      await sells(store.url);
    },
  );

  /** Asks Heat for one server more or less, as alerting of the user's own would, and looks at the shop until it is so. */
  const scaled = async (how: "grow" | "shrink", count: number): Promise<Watch> => {
    const { [how]: url } = store.outputs.scalingUrls?.value.web ?? {};
    const work = async () => {
      const answer = await fetch(url, { method: "POST" });
      assert.ok(answer.ok, `${how}: ${answer.status}`);
      await eventually(() => tier.size(), are(count), 240);
    };
    const seen = await watching(store.url, 15, work, anew);
    tell(how, seen);
    return seen;
  };
  const namesOf = async () => (await tier.servers()).map(({ name }) => String(name).replace(`ecommerce-${STACK}-`, ""));

  it("grows without a failed request: the new server has booted before shoppers come to it", async () => {
    const before = new Set(await namesOf());
    const seen = await scaled("grow", 3);
    assert.equal(await unexplained(seen, store), 0, seen.reasons.join("; "));
    const [fresh = ""] = (await namesOf()).filter((name) => !before.has(name));
    const served = await inside(fresh, `grep -c '"GET / HTTP' /var/log/apache2/access.log || true`, STACK);
    assert.ok(Number(served) > 0, `${fresh} has served nobody`);
  });

  it("has nothing to do afterwards", async () => {
    const { changeSummary } = await store.stack.preview();
    assert.deepEqual({ ...changeSummary, same: 0 }, { same: 0 });
  });

  it("shrinks, and goes on selling", async () => {
    const seen = await scaled("shrink", 2);
    assert.ok(seen.seconds <= 10 || (await unexplained(seen, store)) === 0, `${seen.seconds} s: ${seen.reasons}`);
    await bought(store.url);
  });
});
