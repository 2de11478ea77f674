import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "../../toolchain/run";
import { template } from "../support/group-template";

/** Seconds. */
const SAMPLING = 5;
const GRANULARITY = 15;
const WINDOW = 60;
const VCPUS = 2;
const OWN = "ecommerce-dev-web";

interface Server {
  readonly name: string;
  readonly group?: string;
  /** Percent of all its processors, from one second to another. */
  readonly load: readonly (readonly [from: number, to: number, percent: number])[];
  /** Second at which its processor time begins anew. */
  readonly rebooted?: number;
}

/** Samples as Prometheus' own tests write them; `_` is none, `stale` the end. */
function series({ name, group = OWN, load, rebooted }: Server) {
  let used = 0;
  const values: string[] = [];
  const end = load.at(-1)?.[1] ?? 0;
  for (let second = 0; second <= end; second += SAMPLING) {
    if (second === rebooted) used = 0;
    const span = load.find(([from, to]) => second >= from && second < to);
    used += ((span?.[2] ?? 0) / 100) * VCPUS * SAMPLING * 1e9;
    values.push(second < (load[0]?.[0] ?? 0) ? "_" : `${used}`);
  }
  return {
    series: `ceilometer_cpu{resource="${name}",server_group="${group}",project="p"}`,
    values: [...values, "stale"].join(" "),
  };
}

describe("the alarms' queries, before Prometheus itself", function () {
  this.timeout("1m");
  let folder: string;
  const { resources } = template({
    scaling: { window: WINDOW, cooldown: 30 },
    telemetry: { driver: "heat-prometheus", granularity: GRANULARITY, sampling: SAMPLING },
    vcpus: VCPUS,
  });
  assert.ok("busy" in resources);
  const { busy, idle } = resources;

  before(async function () {
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-promtool-"));
    const isThere = await run("promtool", ["--version"]).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    console.log("      skipped: promtool is not installed; npm run lab -- up installs it");
    this.skip();
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** @throws what Prometheus found instead, when at that second so many values are beyond; undefined: it knows none */
  const counts = async (servers: readonly Server[], at: number, expected: { busy?: number; idle?: number }) => {
    const tests = path.join(folder, "tests.yml");
    const samples = (value: number | undefined) => (value === undefined ? [] : [{ labels: "{}", value }]);
    const test = {
      interval: `${SAMPLING}s`,
      input_series: servers.map(series),
      promql_expr_test: [
        { expr: busy?.properties.query, eval_time: `${at}s`, exp_samples: samples(expected.busy) },
        { expr: idle?.properties.query, eval_time: `${at}s`, exp_samples: samples(expected.idle) },
      ],
    };
    await writeFile(tests, JSON.stringify({ tests: [test] }));
    await run("promtool", ["test", "rules", tests]);
  };
  /** Between two of the values' own seconds. */
  const LATE = 304;
  const since = (from: number, percent: number) => [[from, 400, percent] as const];

  it("count every value of the window where servers are busy on average, and as many as the alarm waits for", async () => {
    assert.deepEqual([busy?.properties.threshold, busy?.properties.comparison_operator], [4, "ge"]);
    await counts(
      [
        { name: "a", load: since(0, 90) },
        { name: "b", load: since(0, 20) },
      ],
      LATE,
      { busy: 4, idle: 0 },
    );
  });

  it("count as many where they are idle, and none between the two percentages", async () => {
    await counts([{ name: "a", load: since(0, 5) }], LATE, { busy: 0, idle: 4 });
    await counts([{ name: "a", load: since(0, 35) }], LATE, { busy: 0, idle: 0 });
  });

  it("want the whole window: a pause in the middle is a value less", async () => {
    const load = [[0, 260, 90] as const, [260, 275, 0] as const, [275, 400, 90] as const];
    await counts([{ name: "a", load }], LATE, { busy: 3, idle: 1 });
  });

  it("leave out a server that has joined since, one that is gone, and those of others", async () => {
    const joined = { name: "new", load: since(300, 0) };
    const gone = { name: "old", load: [[0, 250, 0] as const] };
    const other = { name: "other", group: "ecommerce-dev-app", load: since(0, 0) };
    await counts([{ name: "a", load: since(0, 60) }, joined, gone, other], LATE, { busy: 4, idle: 0 });
  });

  it("are not known before there is a first value", async () => {
    await counts([{ name: "a", load: since(300, 90) }], LATE, {});
  });

  it("go on when a server's processor time begins anew with a reboot", async () => {
    await counts([{ name: "a", load: since(0, 90), rebooted: 270 }], LATE, { busy: 4, idle: 0 });
  });
});
