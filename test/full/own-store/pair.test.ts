import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually";
import { figure, timed } from "../../support/figures";
import { type FullStore, inside as insideOf, remove, withOwnStore } from "../../support/full-lab";
import { buy, ORDERED } from "../../support/guest";
import { sells } from "../../support/shopper";

const STACK = "pair";
const SERVERS = ["db-1", "db-2"] as const;
const CUT_SECONDS = 20;
type Server = (typeof SERVERS)[number];

const other = (server: Server): Server => (server === "db-1" ? "db-2" : "db-1");

describe("a store with a pair of database servers", function () {
  this.timeout("20m");
  let store: FullStore;

  withOwnStore(
    {
      name: STACK,
      cloud: "lab-third",
      sections: { web: { count: 1 }, app: { count: 1 }, database: { mode: "pair" } },
    },
    async (given) => {
      store = given;
      await sells(store.url);
    },
  );

  const inside = (server: string, command: string) => insideOf(server, command, STACK);
  const holds = (server: Server) =>
    inside(server, "/usr/local/lib/ecommerce/pair/holds.sh").then(
      () => true,
      () => false,
    );
  const writer = async (): Promise<Server> => {
    const found = await eventually(
      async () => (await Promise.all(SERVERS.map(holds))).flatMap((has, index) => (has ? SERVERS[index] : [])),
      (all) => all.length === 1,
      60,
    );
    assert.ok(found[0]);
    return found[0];
  };
  const whole = () =>
    eventually(
      () =>
        Promise.all(
          SERVERS.map((server) =>
            inside(
              server,
              "/usr/local/lib/ecommerce/pair/serves.sh && mysql -Ne \"SHOW STATUS LIKE 'wsrep_cluster_size'\"",
            ).catch(() => ""),
          ),
        ),
      (both) => both.every((size) => size.endsWith("3")),
      300,
    );
  /** Orders go on while something happens. @returns the longest time between two, in seconds; each that was confirmed is there */
  const ordersDuring = async (work: () => Promise<unknown>, quietSeconds: number): Promise<number> => {
    const confirmed: string[] = [];
    const times = [Date.now()];
    let isOver = false;
    const buying = (async () => {
      while (!isOver) {
        const email = await buy(store.url).catch(() => "");
        if (email !== "") {
          confirmed.push(email);
          times.push(Date.now());
        }
      }
    })();
    try {
      await sleep(3000);
      await work();
      await sleep(quietSeconds * 1000);
    } finally {
      isOver = true;
      await buying;
    }
    const found = new Set((await inside(await writer(), ORDERED)).split("\n"));
    assert.deepEqual(
      confirmed.filter((email) => !found.has(email)),
      [],
      "confirmed, and not there",
    );
    return Math.max(...times.map((at, index) => at - (times[index - 1] ?? at))) / 1000;
  };

  it("sells on when the server that is written to is cut off, and the server comes back by itself", async () => {
    const server = await writer();
    // The kernel forgets a link's routes when it goes down, as it would not where a cable is pulled.
    const cut = `route=$(ip -o -4 route show default)
      device=$(sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' <<<"$route")
      (ip link set "$device" down; sleep ${CUT_SECONDS}; ip link set "$device" up; ip route replace $route) >/dev/null 2>&1 &`;
    const longest = await ordersDuring(() => inside(server, cut), CUT_SECONDS);
    figure("a store whose writing database server is cut off: time without orders", longest);
    assert.ok(longest <= 10, `${longest} s`);
    assert.equal(await writer(), other(server));
    await timed("a database server that was cut off is back", whole);
  });

  it("sells on when the server that is written to is deleted, and up brings another one on the same volume", async () => {
    const server = await writer();
    const longest = await ordersDuring(() => remove(store, server), 20);
    figure("a store whose writing database server is deleted: time without orders", longest);
    assert.ok(longest <= 10, `${longest} s`);
    await timed("up that brings a database server of a pair back", () => store.stack.up({ refresh: true }));
    await whole();
  });

  it("sells on while up replaces both, one after the other", async () => {
    const { resources }: { resources: readonly { readonly urn: string }[] } = (await store.stack.exportStack())
      .deployment;
    const urns = ["store-db", "store-db-2"].map(
      (name) => resources.find(({ urn }) => urn.endsWith(`compute/instance:Instance::${name}`))?.urn ?? "",
    );
    const longest = await ordersDuring(() => store.stack.up({ replace: urns }), 5);
    figure("a store whose two database servers are replaced: longest time without orders", longest);
    assert.ok(longest <= 10, `${longest} s`);
    await whole();
  });
});
