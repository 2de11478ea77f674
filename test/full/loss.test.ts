import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { figure, timed } from "../support/figures";
import { type FullStore, inside, remove, serves, withFullStore } from "../support/full-lab";
import { bought, ORDERED } from "../support/guest";
import { look, sells, tell, type Watch, watching } from "../support/shopper";
import { unexplained } from "../support/switch-aborts";

/** The balancer's monitor: 3 checks, 10 s apart. */
const EVICTION_SECONDS = 45;

describe("a store that loses a part", function () {
  this.timeout("15m");
  let store: FullStore;

  withFullStore((given) => {
    store = given;
  });
  before(() => sells(store.url));

  /** @throws AssertionError when shoppers see more of it than the balancer needs to see it */
  const expectEvicted = async (what: string, seen: Watch) => {
    tell(what, seen);
    assert.ok(seen.seconds <= EVICTION_SECONDS || (await unexplained(seen, store)) === 0, `${seen.seconds} s`);
  };

  it("Apache killed on a web server: systemd or the balancer sees to it", async () => {
    const kill = "systemctl kill --signal=KILL apache2; sleep 3; systemctl start apache2";
    const seen = await watching(store.url, 10, () => inside("web-1", kill));
    await expectEvicted("Apache of a web server killed", seen);
  });

  for (const [what, server] of [
    ["an app server", "app-2"],
    ["a web server", "web-2"],
  ] as const)
    it(`${what} deleted: shoppers see little of it, and up brings another`, async () => {
      await expectEvicted(`${what} deleted`, await watching(store.url, 15, () => remove(store, server)));
      const quiet = await watching(store.url, 5, () => sleep(5_000));
      assert.equal(await unexplained(quiet, store), 0, "the balancer still asks the server that is gone");
      await timed(`up that brings ${what} back`, () => store.stack.up({ refresh: true }));
      await serves(server);
    });

  it("the database server deleted: up brings another on the same volume, with every order", async () => {
    const order = await bought(store.url);
    // Every worker of PHP has a connection by now, and keeps it.
    assert.deepEqual(await everyWorker(), []);
    const begun = Date.now();
    await remove(store, "db-1");
    const waited = new Set<string>();
    const onOutput = (text: string) => {
      for (const [line] of text.matchAll(/waiting for .*/g)) waited.add(line);
    };
    await timed("up that brings another database server", () => store.stack.up({ refresh: true, onOutput }));
    for (const line of waited) console.log(`      ${line}`);
    await bought(store.url, 300);
    figure("from the loss of the database server to the next order", (Date.now() - begun) / 1000);
    const kept = (await inside("db-1", ORDERED)).split("\n");
    assert.ok(kept.includes(order), `the order of ${order} is not among ${kept.length}`);
    assert.deepEqual(await everyWorker(), [], "no page comes to grief by a connection to the server that is gone");
  });

  /** Pages from all workers of the app servers. @returns why some failed */
  const everyWorker = async (): Promise<string[]> => {
    const failed: string[] = [];
    for (let round = 0; round < 3; round += 1)
      await Promise.all(Array.from({ length: 24 }, () => look(store.url, (reason) => failed.push(reason))));
    return failed;
  };
});
