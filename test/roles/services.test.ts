import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Cluster } from "../../components/cloud-init/roles/clusters";
import { type WebRoleArgs, webRole } from "../../components/cloud-init/roles/web";
import { addressPlan } from "../../components/core/address-plan";
import type { Service } from "../../components/core/services";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { eventually } from "../support/eventually";
import { boots, Rack } from "../support/rack";
import { DOOR, FLAVOR } from "../support/role-args";
import { machinesWork } from "../support/roots";
import { EVERY_SERVICE, requests, resolved } from "../support/service-requests";
import { CLIENT, NETWORK, type Wire } from "../support/wire";

const WEB = "10.20.0.31";
const LIMIT = 10;
const SECONDS = 3;
const { fixedIp: APP, services: VIPS } = addressPlan("10.20.1.0/24");
const CLUSTERS: readonly Cluster[] = EVERY_SERVICE.map(({ name, routes }) => ({
  name,
  routes,
  vip: VIPS[name],
  connections: name === "search" ? LIMIT : LIMIT * 5,
  seconds: SECONDS,
  fallsBack: name === "cart",
}));

/** The real Apache and HAProxy of a web server, in front of stand-ins for the app tier's balancer and for each service's. */
describe("web servers in front of services with servers of their own, executed on a real root", function () {
  this.timeout("10m");
  let rack: Rack;
  let wire: Wire;

  const args: WebRoleArgs = {
    flavor: FLAVOR,
    appVip: APP,
    hsts: undefined,
    staticUrl: undefined,
    cache: 0,
    backoffice: DOOR.backoffice,
    // One client asks for all.
    limits: { ...DOOR.limits, pages: 0, atOnce: 0, logins: 0 },
    clients: { come: "through a balancer", cidr: "10.20.0.0/24", https: false },
    clusters: CLUSTERS,
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    const role = webRole(args);
    rack = await Rack.create("services", { web: role });
    ({ wire } = rack);
    await wire.plug("app", [APP]);
    wire.serve("app", "service.py", "app", rack.folder);
    for (const { name, vip } of CLUSTERS) {
      await wire.plug(name, [vip]);
      wire.serve(name, "service.py", name, rack.folder);
    }
    await wire.plug("web", [WEB]);
    await boots(await rack.machine("web", "web", role));
    for (const page of Object.values(PAGES))
      await eventually(
        () => status(page),
        (seen) => seen === 200,
        20,
      );
  });

  after(async () => {
    await rack?.remove();
  });

  const PAGES = {
    app: "/index.php?route=common/home",
    search: "/index.php?route=product/search&search=a",
    checkout: "/index.php?route=checkout/checkout",
    cart: "/index.php?route=checkout/cart",
    image: "/image/catalog/a.png",
  };
  const COOKIE = ["-H", "Cookie: OCSESSID=somebody"];
  const ask = (page: string, ...more: string[]) => wire.curl("-g", ...COOKIE, ...more, `http://${WEB}${page}`);
  const status = async (page: string) => Number(await ask(page, "-o", "/dev/null", "-w", "%{http_code}"));
  const served = async (page: string): Promise<string> => JSON.parse(await ask(page)).service;
  const mark = (name: Service, what: "slow" | "dead") => path.join(rack.folder, `${name}.${what}`);
  const open = (page: string) =>
    eventually(
      () => status(page),
      (seen) => seen === 200,
      20,
    );

  it("lead every request where the table says, hostile encodings and all", async () => {
    const asked = fc.sample(requests, 4000);
    const targets = asked.map(({ path: place, query }) => JSON.stringify(query === "" ? place : `${place}?${query}`));
    const program = path.join(ROOT, "test/roles/ask_all.py");
    const command = ["netns", "exec", NETWORK, "python3", program, WEB, CLIENT];
    const { stdout } = await run("ip", command, { input: `${targets.join("\n")}\n` });
    const answers = stdout
      .trim()
      .split("\n")
      .map((line): { status: number; service: string | null } => JSON.parse(line));
    assert.equal(answers.length, asked.length);
    const wrong: string[] = [];
    const seen = new Map<string, number>();
    for (const [index, request] of asked.entries()) {
      const expected = resolved(request);
      const { status: code, service } = answers[index] ?? { status: 0, service: null };
      const found = service ?? (code === 400 || code === 404 ? "refused" : `HTTP ${code}`);
      seen.set(expected, (seen.get(expected) ?? 0) + 1);
      if (found !== expected) wrong.push(`${targets[index]}: ${found}, not ${expected}`);
    }
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} of ${asked.length}`);
    for (const one of [...CLUSTERS.map(({ name }) => name), "app", "refused"])
      assert.ok((seen.get(one) ?? 0) > 10, one);
    console.log(`      ${asked.length} requests: ${[...seen].map(([name, count]) => `${name} ${count}`).join(", ")}`);
  });

  it("answer for a dead service with a short page, and sell on", async () => {
    await writeFile(mark("search", "dead"), "");
    try {
      const first = await ask(PAGES.search, "-i");
      assert.match(first, /^HTTP\/1\.1 503/);
      // Once its checks have found out, and before.
      for (const text of [
        first,
        await eventually(
          () => ask(PAGES.search, "-i"),
          (said) => said.includes("503"),
          10,
        ),
      ]) {
        assert.match(text, /^retry-after: 10\r?$/im);
        assert.match(text, /^cache-control: no-store\r?$/im);
        assert.match(text, /This part of the shop is away at the moment/);
        assert.doesNotMatch(text, /No server is available/);
      }
      assert.deepEqual(await Promise.all(["app", "checkout", "cart"].map((name) => served(PAGES[name as "app"]))), [
        "app",
        "checkout",
        "cart",
      ]);
    } finally {
      await rm(mark("search", "dead"));
    }
    await open(PAGES.search);
  });

  it("do so too where nobody has the service's address any more", async () => {
    await wire.cut("search", true);
    try {
      await eventually(
        async () => {
          const begun = Date.now();
          const code = await status(PAGES.search);
          return { code, took: Date.now() - begun };
        },
        ({ code, took }) => code === 503 && took < 500,
        20,
      );
      assert.equal(await served(PAGES.app), "app");
    } finally {
      await wire.cut("search", false);
    }
    await open(PAGES.search);
  });

  it("ask the app tier for a dead service that falls back on it, and the service when it is back", async () => {
    await writeFile(mark("cart", "dead"), "");
    try {
      await eventually(
        () => ask(PAGES.cart),
        (said) => said.includes('"service": "app"'),
        15,
      );
    } finally {
      await rm(mark("cart", "dead"));
    }
    await eventually(
      () => served(PAGES.cart),
      (name) => name === "cart",
      15,
    );
  });

  it("give a service that hangs so much time and so many requests at once, and turn the rest away at once", async () => {
    await writeFile(mark("search", "slow"), "20");
    try {
      const began = Date.now();
      assert.equal(await status(PAGES.search), 504);
      const took = Date.now() - began;
      assert.ok(took >= SECONDS * 1000 - 100 && took < SECONDS * 1000 + 1500, `${took} ms`);
      await wire.curl(`http://${VIPS.search}/most`);
      const many = await load(PAGES.search, 20, 3);
      assert.deepEqual(Object.keys(many.statuses).sort(), ["503", "504"]);
      const { most } = JSON.parse(await wire.curl(`http://${VIPS.search}/most`));
      assert.equal(most, LIMIT);
      assert.ok((many.longest["503"] ?? 9) < 1, `${many.longest["503"]} s`);
    } finally {
      await rm(mark("search", "slow"));
    }
    await sleep(SECONDS * 1000);
    await open(PAGES.search);
  });

  it("keep a checkout as quick as it was while the search is overloaded to a stop", async () => {
    const seconds = 20;
    // As long as a page of OpenCart's, so that the clients' own share of this machine's processors does not decide.
    await writeFile(mark("checkout", "slow"), "0.25");
    const quiet = await load(PAGES.checkout, 20, seconds);
    await writeFile(mark("search", "slow"), "20");
    try {
      const flood = load(PAGES.search, 60, seconds + 2);
      await sleep(1000);
      const busy = await load(PAGES.checkout, 20, seconds);
      const flooded = await flood;
      console.log(
        `      checkout's p95 ${(quiet.p95 * 1000).toFixed(1)} ms alone, ${(busy.p95 * 1000).toFixed(1)} ms beside a search that answers ${JSON.stringify(flooded.statuses)}; ${JSON.stringify(busy.statuses)}`,
      );
      assert.deepEqual(Object.keys(busy.statuses), ["200"]);
      assert.equal(flooded.statuses["200"], undefined);
      assert.ok(busy.p95 <= quiet.p95 * 1.2, `${busy.p95} s, ${quiet.p95} s before`);
    } finally {
      await rm(mark("search", "slow"));
      await rm(mark("checkout", "slow"));
    }
  });

  interface Load {
    readonly statuses: Readonly<Record<string, number>>;
    readonly longest: Readonly<Record<string, number>>;
    readonly p95: number;
  }
  const load = async (page: string, rate: number, seconds: number): Promise<Load> => {
    const program = path.join(ROOT, "test/roles/overload.py");
    const command = ["netns", "exec", NETWORK, "python3", program, `http://${WEB}${page}`, `${rate}`, `${seconds}`];
    const { stdout } = await run("ip", command);
    return JSON.parse(stdout);
  };
});
