import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { figure, timed } from "../support/figures";
import { endFullStore, type FullStore, inside, withOwnStore } from "../support/full-lab";
import { SHIPPED } from "../support/person";
import { isClosedSign } from "../support/plain-customer";
import { sells, tell, watching } from "../support/shopper";
import { unexplained } from "../support/switch-aborts";
import { type Attempt, attempt, ordering } from "./orders";
import { appServers, askServer, pageEverywhere, picturesIn, query } from "./servers";
import { needOpenCart, SECTIONS, skipSuite, versionIn, visited } from "./store";

const { OPENCART_ARCHIVE: NEWER = "", OPENCART_ARCHIVE_BEFORE: EARLIER = "" } = process.env;
const PRODUCT = `/index.php?route=product/product&product_id=${SHIPPED}`;
const ORDERS_BEFORE = 5;
/** A page of OpenCart's takes a tenth of a second of a processor, of which the lab has two for everything. */
const LOOK_MS = 500;
/** All shoppers of this suite come from one address. */
const UNLIMITED = { access: { ...SECTIONS.access, limits: { pages: 0, atOnce: 0, connections: 0 } } };

describe("OpenCart is upgraded while it sells", function () {
  this.timeout("20m");
  let store: FullStore;
  let earlier: Attempt[] = [];
  let price: string;
  let stack: Stack;

  before(async function () {
    this.timeout("5m");
    await needOpenCart(this);
    if (process.env.STORE_URL) skipSuite(this, "it needs servers of the lab, and STORE_URL names another store");
    if (!EARLIER) skipSuite(this, "OPENCART_ARCHIVE_BEFORE names no earlier release of OpenCart");
    console.log(`      the release before: ${EARLIER}, version ${await versionIn(EARLIER)}`);
    // Two stores at once are too much for one machine.
    await endFullStore();
    // What is published at the next `up`.
    process.env.OPENCART_ARCHIVE = EARLIER;
  });
  withOwnStore({ name: "upgrade", cloud: "lab-third", sections: { ...SECTIONS, ...UNLIMITED } }, async (given) => {
    store = given;
    await sells(store.url);
  });
  after(() => {
    if (NEWER) process.env.OPENCART_ARCHIVE = NEWER;
  });

  const version = () => query(store, "SELECT version FROM ecommerce_release");
  const codeOn = async (server: string) => {
    const line = await inside(server, "grep -h \"define('VERSION'\" /var/www/shop/index.php", store.name);
    return /'(\d[\d.]*)'/.exec(line)?.[1];
  };

  it("from a store that runs the earlier release, and has orders of it", async () => {
    const old = await versionIn(EARLIER);
    for (const server of await appServers(store)) assert.equal(await codeOn(server), old, server);
    assert.deepEqual(await version(), [[old]]);
    const attempts: Attempt[] = [];
    for (let order = 0; order < ORDERS_BEFORE; order += 1) attempts.push(await attempt(store.url));
    earlier = attempts.filter(({ outcome }) => outcome === "placed");
    assert.deepEqual(earlier, attempts);
    // Nothing that both releases begin with.
    price = (200 + (Date.now() % 9_000) / 100).toFixed(2);
    await query(store, `UPDATE oc_product SET price = ${price} WHERE product_id = ${SHIPPED}`);
  });

  it("by one up, without an order lost: shoppers see the closed sign at most", async () => {
    process.env.OPENCART_ARCHIVE = NEWER;
    stack = await store.changed({});
    const closed: number[] = [];
    let attempts: Attempt[] = [];
    const seen = await watching(
      store.url,
      10,
      async () => {
        attempts = await ordering(store.url, () => timed("up with a newer release", () => stack.up()));
      },
      async (url, init) => {
        const answer = await fetch(url, { ...init, headers: { ...init?.headers, Connection: "close" } });
        if (!isClosedSign(answer)) return answer;
        closed.push(Date.now());
        await answer.arrayBuffer();
        return new Response("closed");
      },
      LOOK_MS,
    );
    tell("a newer release", seen);
    figure(`a newer release: the closed sign, ${closed.length} of ${seen.requests} requests, for`, spread(closed));

    const placed = attempts.filter(({ outcome }) => outcome === "placed");
    const turnedAway = attempts.filter(({ outcome }) => outcome === "closed");
    const failed = attempts.filter((one) => !placed.includes(one) && !turnedAway.includes(one));
    const reasons = [...new Set(failed.map(({ outcome }) => outcome))].join("; ");
    const pause = longest(placed.map(({ at }) => at));
    figure(
      `a newer release: ${placed.length} orders placed, ${turnedAway.length} turned away, ${failed.length} failed (${reasons}); longest time without one`,
      pause,
    );
    const kept = new Set((await query(store, "SELECT email FROM oc_order WHERE order_status_id > 0")).flat());
    const lost = [...earlier, ...placed].map(({ person }) => person.email).filter((email) => !kept.has(email));
    assert.deepEqual(lost, [], `of ${earlier.length + placed.length} orders that the shop had promised`);
    assert.ok(placed.length > 0, `nobody could order: ${reasons}`);
    assert.equal(await unexplained({ failedAt: failed.map(({ at }) => at) }, store), 0, reasons);
    assert.equal(await unexplained(seen, store), 0, seen.reasons.join("; "));
  });

  it("to the newer release, in code and in the schema, on every server, which all have the old prices and pictures", async () => {
    const now = await versionIn(NEWER);
    const servers = await appServers(store);
    for (const server of servers) assert.equal(await codeOn(server), now, server);
    assert.deepEqual(await version(), [[now]]);
    const pages = await pageEverywhere(visited(store), PRODUCT);
    for (const [who, page] of pages) assert.ok(page.includes(`$${price}`), `${who} does not show $${price}`);
    const pictures = picturesIn(pages[0]?.[1] ?? "");
    assert.ok(pictures.length > 3, pictures.join());
    for (const server of servers) {
      const seen = await askServer(store, server, pictures);
      for (const [index, { status, type }] of seen.entries())
        assert.match(`${status} ${type}`, /^200 image\//, `${server} ${pictures[index]}`);
    }
  });

  it("and goes on selling", async () => {
    assert.equal((await attempt(store.url)).outcome, "placed");
    assert.deepEqual(Object.keys((await stack.preview()).changeSummary), ["same"]);
  });
});

/** From the first of some moments to the last, in seconds. */
function spread(moments: readonly number[]): number {
  return moments.length > 0 ? (Math.max(...moments) - Math.min(...moments)) / 1000 : 0;
}

/** Longest time between two moments that follow each other, in seconds. */
function longest(moments: readonly number[]): number {
  const sorted = [...moments].sort((one, other) => one - other);
  return Math.max(0, ...sorted.slice(1).map((moment, index) => moment - (sorted[index] ?? moment))) / 1000;
}
