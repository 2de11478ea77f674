import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { poolSizes } from "../../components/cloud-init/roles/php-pools";
import { run } from "../../toolchain/run";
import { AppSite, SHOP } from "../support/app-site";
import { eventually } from "../support/eventually";
import { figure } from "../support/figures";
import { FLAVOR } from "../support/role-args";
import { machinesWork } from "../support/roots";
import { NETWORK } from "../support/wire";

interface Overload {
  readonly requests: number;
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly longest: Readonly<Record<string, number>>;
}

/** Of ten times the load; a release is tried with 300. */
const SECONDS = Number(process.env.OVERLOAD_SECONDS ?? 20);

describe("an app server under ten times the load that it carries, on real roots", function () {
  this.timeout("15m");
  let site: AppSite;

  const MILLISECONDS = 400;
  const SLOW = `/index.php?route=stand-in/slow&milliseconds=${MILLISECONDS}`;
  const { workers, most } = poolSizes(FLAVOR).shop;
  const overload = async (rate: number, seconds: number): Promise<Overload> => {
    const script = path.join(__dirname, "overload.py");
    const args = ["netns", "exec", NETWORK, "python3", script, `${SHOP}${SLOW}`, `${rate}`, `${seconds}`];
    return JSON.parse((await run("ip", args)).stdout);
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    site = await AppSite.create();
    if (site.release.isOpenCart) this.skip(); // it has no page that takes a known time
  });

  after(async () => {
    await site?.remove();
  });

  it("serves what it carries, turns the rest away at once, stays in the pool, and is free again in no time", async () => {
    const nominal = workers / (MILLISECONDS / 1000);
    // What it really carries depends on what else the machine does, so it is measured: a little more than it can take.
    const full = await overload(nominal * 1.5, 8);
    const carries = (full.statuses["200"] ?? 0) / full.seconds;
    assert.ok(carries > nominal / 4, JSON.stringify(full));
    const states: string[] = [];
    let isOver = false;
    const watch = (async () => {
      while (!isOver) {
        states.push(await site.health().catch((error: Error) => error.message));
        await sleep(500);
      }
    })();
    const under = await overload(nominal * 10, SECONDS);
    const ended = Date.now();
    const free = await eventually(
      async () => (await site.ask(SLOW, "--max-time", "2").catch(() => undefined))?.status,
      (status) => status === 200,
      10,
    );
    figure("from the end of ten times the load to a page as quick as ever", (Date.now() - ended) / 1000);
    isOver = true;
    await watch;
    const served = (under.statuses["200"] ?? 0) / under.seconds;
    process.stdout.write(
      `      carries ${carries.toFixed(1)}/s, served ${served.toFixed(1)}/s of ${nominal * 10}/s: ${JSON.stringify(under)}\n`,
    );
    assert.equal(free, 200);
    assert.deepEqual(Object.keys(under.statuses).sort(), ["200", "503"]);
    assert.ok(served >= carries * 0.75, `${served} of ${carries} a second`);
    // Nobody waits longer than the queue is long, and who is turned away waits for nothing.
    assert.ok((under.longest["200"] ?? 0) < (most / carries) * 2 + 2, JSON.stringify(under.longest));
    assert.ok((under.longest["503"] ?? 0) < 3, JSON.stringify(under.longest));
    assert.deepEqual(
      states.filter((said) => !/^200 (?:ok|busy)$/.test(said)),
      [],
    );
    assert.ok(states.includes("200 busy"));
    const { headers } = await site.ask(SLOW);
    assert.doesNotMatch(headers, /^Retry-After/m);
  });

  it("says to those it turns away when to come again", async () => {
    const crowd = overload(workers * 20, 1);
    await sleep(700);
    const answers = await Promise.all(Array.from({ length: 20 }, () => site.ask(SLOW)));
    await crowd;
    const [away] = answers.filter(({ status }) => status === 503);
    assert.match(away?.headers ?? "", /^Retry-After: \d+\r?$/m);
    assert.match(away?.body ?? "", /try again/);
  });
});
