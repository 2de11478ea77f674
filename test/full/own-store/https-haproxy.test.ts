import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openBrowser } from "../../../commands/open/browser";
import { PORTS } from "../../../components/core/security-rule";
import { ROOT } from "../../../toolchain/paths";
import { eventually } from "../../support/eventually";
import { figure, timed } from "../../support/figures";
import { type FullStore, inside as insideOf, remove, serverId, withOwnStore } from "../../support/full-lab";
import { labCertificate } from "../../support/lab-certificate";
import { look, Shopper, type Watch, watching } from "../../support/shopper";
import { speaksHttps } from "../../support/speaks-https";
import { unexplained } from "../../support/switch-aborts";
import type { Ask } from "../../support/trusting";

const STACK = "https";
const HSTS = 300;
const BALANCING = {
  driver: "haproxy",
  tls: { container: "storefront", hsts: HSTS },
  web: { persistence: { type: "HTTP_COOKIE" } },
};
const BALANCERS = ["web-balancer-1", "web-balancer-2", "app-balancer-1", "app-balancer-2"];
/** How long nobody may be answered when one of two balancers is lost. */
const GOAL_SECONDS = 5;
/** HAProxy's checks: 3 of them, 10 s apart. */
const EVICTION_SECONDS = 45;
/** HAProxy's figures, for itself. */
const FIGURES = 8404;
/** The host's leg in the lab's floating network, from where the tests shop. */
const CLIENT = "198.51.100.2";

describe("a store behind HAProxy, by HTTPS", function () {
  this.timeout("10m");
  let store: FullStore;
  let ask: Ask;

  withOwnStore(
    {
      name: STACK,
      cloud: "lab-third",
      sections: { balancing: BALANCING },
    },
    async (given) => {
      store = given;
      ask = await labCertificate(store.lab.member);
    },
  );

  const inside = (server: string, command: string) => insideOf(server, command, STACK);
  /** How many requests a server has in its log. */
  const logged = async (server: string, text: string) =>
    Number(await inside(server, `grep -cF -- '${text}' /var/log/apache2/access.log || true`));
  const watch = async (what: string, quietSeconds: number, work: () => Promise<unknown>): Promise<Watch> => {
    const seen = await watching(store.url, quietSeconds, work, ask);
    const { requests, failures, silence, reasons } = seen;
    figure(
      `${what}: ${failures} of ${requests} requests failed (${reasons.join("; ")}), nobody was answered for`,
      silence,
    );
    return seen;
  };
  /** The one of a tier's two balancers that has their address. */
  const holder = (tier: "web" | "app") =>
    eventually(
      async () => {
        const vip: string = store.outputs.vips?.value[tier];
        const has = (number: number) =>
          inside(`${tier}-balancer-${number}`, `ip -o address show to ${vip} | wc -l`).catch(() => "0");
        const held = await Promise.all([has(1), has(2)]);
        return held.flatMap((count, index) => (count === "1" ? [`${tier}-balancer-${index + 1}`] : []));
      },
      ({ length }) => length === 1,
    ).then(([server = ""]) => server);

  speaksHttps(() => ({ store, ask }), HSTS);

  it("keeps each shopper at one web server, and gives work to both", async () => {
    const shoppers = ["a", "b", "c", "d", "e", "f"];
    for (const name of shoppers) {
      const shopper = new Shopper(store.url, ask);
      for (let visit = 0; visit < 5; visit += 1) await shopper.visit(`common/home&shopper=${name}`);
    }
    const visits = await Promise.all(
      ["web-1", "web-2"].map(async (server) => {
        const log = await inside(server, "grep -o 'shopper=[a-f] ' /var/log/apache2/access.log | sort | uniq -c");
        return new Map([...log.matchAll(/(\d+) shopper=(\w)/g)].map(([, count, name]) => [name, Number(count)]));
      }),
    );
    for (const name of shoppers) {
      const counts = visits.map((at) => at.get(name) ?? 0);
      assert.deepEqual(counts.sort(), [0, 5], name);
    }
    for (const { size } of visits) assert.ok(size > 0, "one web server has all the work");
  });

  it("knows the shopper's address on every server, whatever the shopper claims", async () => {
    const lies = { "X-Forwarded-For": "192.0.2.66", "X-Forwarded-Host": "evil.example", Forwarded: "for=192.0.2.66" };
    assert.equal((await ask(`${store.url}index.php?liar`, { headers: lies })).status, 200);
    const lines = await Promise.all(
      ["web-1", "web-2", "app-1", "app-2"].map((server) =>
        inside(server, "grep -F '?liar ' /var/log/apache2/access.log | cut -d' ' -f1 || true"),
      ),
    );
    assert.deepEqual(
      lines.filter((line) => line !== ""),
      [CLIENT, CLIENT],
    );
  });

  it("shows the outside the shop, and nothing else", async () => {
    const address = String(store.outputs.publicAddress?.value);
    const closed = [PORTS.ssh, PORTS.mysql, PORTS.haproxyPeers, FIGURES];
    const seen = await Promise.all(closed.map((port) => look(`http://${address}:${port}/`)));
    assert.deepEqual(
      seen.filter((page) => page !== undefined),
      [],
    );
  });

  it("has nothing to do in the next preview, and no drift", async () => {
    const { changeSummary } = await store.stack.preview();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("sells, to a browser as well", async function () {
    assert.ok((await new Shopper(store.url, ask).buy()) > 0);
    const browser = await openBrowser().catch((cause: Error) => {
      console.log(`      no browser: ${cause.message}`);
      return this.skip();
    });
    try {
      const page = await browser.newPage({ baseURL: store.url, ignoreHTTPSErrors: true });
      await page.goto("/");
      await page.getByRole("link", { name: "Blue lamp" }).click();
      await page.getByRole("button", { name: "Add to cart" }).click();
      await page.getByRole("link", { name: "cart", exact: true }).click();
      await page.getByLabel("E-mail").fill("guest@example.com");
      await page.getByRole("button", { name: "Order as a guest" }).click();
      assert.equal(await page.locator("h1").innerText(), "Thank you");
      assert.match(page.url(), /^https:/);
      const picture = path.join(ROOT, ".test-artefacts/https/ordered.png");
      await mkdir(path.dirname(picture), { recursive: true });
      await page.screenshot({ path: picture });
    } finally {
      await browser.close();
    }
  });

  it("hardly notices that HAProxy dies where systemd starts it again", async () => {
    const server = await holder("web");
    const seen = await watch("HAProxy killed and started again", 8, () =>
      inside(server, "kill -KILL $(pidof haproxy)"),
    );
    assert.ok(seen.silence <= GOAL_SECONDS, `${seen.silence} s`);
  });

  it("goes on through the other balancer when HAProxy is gone from the one that has the address", async () => {
    const server = await holder("web");
    const seen = await watch("HAProxy gone from a web balancer", 8, () => inside(server, "systemctl stop haproxy"));
    assert.ok(seen.silence <= GOAL_SECONDS, `${seen.silence} s`);
    assert.notEqual(await holder("web"), server);
    await inside(server, "systemctl start haproxy");
    // keepalived asks twice before it believes.
    await sleep(4_000);
  });

  for (const tier of ["web", "app"] as const) {
    it(`goes on through the other one when the ${tier} balancer that has the address is deleted`, async () => {
      const server = await holder(tier);
      const seen = await watch(`a ${tier} balancer deleted`, 8, () => remove(store, server));
      assert.ok(seen.silence <= GOAL_SECONDS, `${seen.silence} s`);
      assert.notEqual(await holder(tier), server);
    });
  }

  it("hardly notices that a web server is deleted", async () => {
    const seen = await watch("a web server behind HAProxy deleted", 15, () => remove(store, "web-2"));
    assert.ok(seen.seconds <= EVICTION_SECONDS, `${seen.seconds} s`);
    const quiet = await watching(store.url, 5, () => sleep(5_000), ask);
    assert.equal(await unexplained(quiet, store), 0, "HAProxy still sends shoppers to the server that is gone");
  });

  it("gets all of them back from the next up, without giving up the address, and HAProxy finds the new web server by itself", async () => {
    const kept = await serverId(store, await holder("web"));
    const seen = await watch("up that brings back two balancers and a web server", 5, () =>
      timed("up that brings back two balancers and a web server", () => store.stack.up({ refresh: true })),
    );
    // Seldom none fails: the lab's switch may be away for a second when servers come (lab/README.md).
    assert.ok(seen.silence <= GOAL_SECONDS, `${seen.silence} s`);
    assert.equal(await serverId(store, await holder("web")), kept);
    await eventually(
      async () => {
        await new Shopper(store.url, ask).visit("common/home&shopper=late");
        return logged("web-2", "shopper=late ").catch(() => 0);
      },
      (count) => count > 0,
    );
  });

  it("goes on while a new configuration replaces all four balancers, of two the second once the first one balances", async () => {
    const idsOf = () => Promise.all(BALANCERS.map((server) => serverId(store, server)));
    const before = await idsOf();
    const monitor = { delay: 9 };
    const balancing = { ...BALANCING, web: { ...BALANCING.web, monitor }, app: { monitor } };
    const stack = await store.changed({ balancing });
    const seen = await watch("up with a new configuration of HAProxy", 8, () =>
      timed("up with a new configuration of HAProxy", () => stack.up()),
    );
    assert.ok(seen.silence <= GOAL_SECONDS, `${seen.silence} s`);
    const after = await idsOf();
    for (const [index, id] of after.entries())
      assert.ok(id && id !== before[index], `${BALANCERS[index]} is as before`);
  });
});
