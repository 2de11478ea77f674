import assert from "node:assert/strict";
import { installWrk } from "../../bench/load";
import { eventually } from "../../support/eventually";
import { figure } from "../../support/figures";
import { type FullStore, inside, withOwnStore } from "../../support/full-lab";
import { bought } from "../../support/guest";
import { anew, sells, tell, watching } from "../../support/shopper";
import { ShoppersAtOnce } from "../../support/shoppers-at-once";
import { unexplained } from "../../support/switch-aborts";
import { are, TierInCloud } from "../../support/tier-in-cloud";

const STACK = "busy";
/** Seconds. */
const WINDOW = 30;
const SAMPLING = 5;
const DRIVERS = {
  "heat-aodh": { telemetry: { granularity: SAMPLING, sampling: SAMPLING }, cooldown: 15 },
  "heat-prometheus": {
    telemetry: { driver: "heat-prometheus", granularity: 3 * SAMPLING, sampling: SAMPLING },
    cooldown: 30,
  },
};
/** The lab's switch takes most of its processors for many small answers, so app servers never get half of one. */
const LITTLE = { high: 15, low: 8 };
/** How many come at once to each tier. */
const SHOPPERS = { app: 8, web: 32 };
/** With this a page is made for its shopper, by an app server. */
const SOMEBODY = "somebody=looks";

for (const [driver, { telemetry, cooldown }] of Object.entries(DRIVERS))
  describe(`a store that grows because its servers are busy, and shrinks when they are not, by ${driver}`, function () {
    this.timeout("15m");
    const scaling = { mode: "auto", min: 1, max: 2, window: WINDOW, cooldown, warmup: 15 };
    let store: FullStore;
    let load: ShoppersAtOnce | undefined;
    const tier = (name: string) => new TierInCloud(store.lab.member, `ecommerce-${STACK}-${name}`);

    before(function () {
      if (!process.env.OPENCART_ARCHIVE) return;
      // Seen: a third of a processor for its app server, and the machine's other programs wait so long that pages fail.
      console.log("      skipped: with OpenCart itself, load for alarms is more than two cores carry beside the lab");
      this.skip();
    });

    withOwnStore(
      {
        name: STACK,
        cloud: "lab-third",
        sections: {
          web: { scaling },
          app: { scaling: { ...scaling, ...LITTLE } },
          telemetry,
          // All of the load comes from one address.
          access: { limits: { pages: 0, atOnce: 0, connections: 0 } },
        },
      },
      async (given) => {
        store = given;
        await installWrk();
        await sells(store.url);
      },
    );

    afterEach(() => load?.leave());

    /** Latest values of a tier's servers: percent of one processor, averaged over a sampling. */
    const percentages = async (name: string): Promise<number[]> => {
      const servers = await tier(name).servers();
      const values = servers.map(async ({ id }) => {
        const since = new Date(Date.now() - WINDOW * 1000).toISOString();
        const query = `aggregation=rate:mean&granularity=${SAMPLING}&start=${since}`;
        const used = await store.lab.member.measures(`/v1/resource/instance/${id}/metric/cpu/measures?${query}`);
        return used.map((nanoseconds) => nanoseconds / (SAMPLING * 1e7));
      });
      return (await Promise.all(values)).flat();
    };

    /** Shoppers come until the tier has another server and that one serves; the shop is looked at meanwhile. */
    const grows = async (name: string, count: number, cookie?: string) => {
      const before = new Set((await tier(name).servers()).map(({ id }) => id));
      const started = performance.now();
      const since = (what: string) =>
        figure(`${driver}, ${name}: from the first busy second until ${what}`, (performance.now() - started) / 1000);
      const seen = await watching(
        store.url,
        5,
        async () => {
          load = ShoppersAtOnce.come(store.url, count, cookie);
          await eventually(
            () => tier(name).active(),
            (active) => active === 2,
            240,
          );
          since("another server is ACTIVE");
          await eventually(() => tier(name).size(), are(2), 120);
          since("it is in the pool");
          const fresh = (await tier(name).servers()).find(({ id }) => !before.has(id));
          const server = String(fresh?.name).replace(`ecommerce-${STACK}-`, "");
          const served = () => inside(server, "grep -c '\"GET / HTTP' /var/log/apache2/access.log || true", STACK);
          await eventually(served, (pages) => Number(pages) > 0, 120);
          since("it serves");
          console.log(
            `      processors of ${name}, in percent: ${(await percentages(name)).map(Math.round).join(", ")}`,
          );
          await load.leave();
        },
        anew,
      );
      tell(`${name} grows`, seen);
      assert.equal(await unexplained(seen, store), 0, seen.reasons.join("; "));
    };

    it("stays at its smallest size while nobody comes", async () => {
      for (const name of ["web", "app"]) {
        // Those of its boot are higher, and lie behind it after a window.
        await eventually(
          () => percentages(name),
          (values) => values.length >= 3 && values.every((percent) => percent < LITTLE.low),
          WINDOW + 60,
        );
        assert.deepEqual(await tier(name).size(), [1, 1]);
      }
    });

    it("has one more app server after a while of shoppers who have carts, and no request is lost", async () => {
      await grows("app", SHOPPERS.app, SOMEBODY);
    });

    it("says of no server that it uses more than its flavor's processors", async () => {
      const values = await percentages("app");
      assert.ok(values.length > 0 && values.every((percent) => percent <= 110), `${values}`);
    });

    it("has one more web server after a while of many who only look", async () => {
      await grows("web", SHOPPERS.web);
    });

    it("is as small as before some time after they have left, and goes on selling", async () => {
      const seen = await watching(
        store.url,
        15,
        async () => {
          for (const name of ["web", "app"]) await eventually(() => tier(name).size(), are(1), 300);
        },
        anew,
      );
      tell("shrinks", seen);
      assert.ok(seen.seconds <= 10 || (await unexplained(seen, store)) === 0, `${seen.seconds} s: ${seen.reasons}`);
      await bought(store.url);
    });

    it("has nothing to do afterwards", async () => {
      const { changeSummary } = await store.stack.preview();
      assert.deepEqual({ ...changeSummary, same: 0 }, { same: 0 });
    });
  });
