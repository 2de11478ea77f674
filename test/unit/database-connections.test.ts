import assert from "node:assert/strict";
import fc from "fast-check";
import { connections } from "../../commands/doctor/checks/connections";
import { CloudView } from "../../commands/doctor/cloud-view";
import {
  connectionsNeeded,
  HELPERS,
  RESERVE,
  ramFor,
  serversFor,
  shortages,
  workersFor,
} from "../../components/cloud/connections";
import { validate } from "../../components/config/validate";
import { maxConnections, phpWorkers, SMALLEST_APP_RAM } from "../../components/core/sizing";
import { fakeEndpoint } from "../support/fake-endpoint";
import { SMALLEST } from "../support/stack-files";

const flavor = (name: string, vcpus: number, ram: number, disk = 20) => ({ name, vcpus, ram, disk });
const [TINY, SMALL, MEDIUM, LARGE] = [
  flavor("m1.tiny", 1, 512),
  flavor("m1.small", 1, 2048),
  flavor("m1.medium", 2, 4096),
  flavor("m1.large", 4, 8192),
];
const store = (app: object, readers: readonly string[] = []) =>
  validate("ecommerce", { ...SMALLEST, app: { ...SMALLEST.app, ...app }, database: { ...SMALLEST.database, readers } });

const sizes = fc.record({ ram: fc.integer({ min: 640, max: 262_144 }), vcpus: fc.integer({ min: 1, max: 64 }) });
const loads = fc.record({
  app: sizes,
  servers: fc.integer({ min: 1, max: 100 }),
  readers: fc.integer({ min: 0, max: 5 }),
});

describe("the database's connections", () => {
  it("are counted for all servers twice, and what is proposed fits by exactly one", () => {
    fc.assert(
      fc.property(loads, sizes, (load, db) => {
        const needed = connectionsNeeded(load);
        assert.equal(needed, 2 * load.servers * (phpWorkers(load.app) + HELPERS) + 5 * load.readers + RESERVE);
        const taken = maxConnections(db);
        const servers = serversFor(taken, load.app, load.readers);
        if (servers > 0) assert.ok(connectionsNeeded({ ...load, servers }) <= taken);
        assert.ok(connectionsNeeded({ ...load, servers: servers + 1 }) > taken);
        const workers = workersFor(taken, load.servers, load.readers);
        const withWorkers = (count: number) => 2 * load.servers * (count + HELPERS) + 5 * load.readers + RESERVE;
        if (workers > 0) assert.ok(withWorkers(workers) <= taken);
        assert.ok(withWorkers(workers + 1) > taken);
        const ram = ramFor(needed);
        if (ram === undefined) assert.ok(needed > 2000);
        else
          assert.ok(maxConnections({ ram }) >= needed && (ram <= 256 || maxConnections({ ram: ram - 256 }) < needed));
      }),
    );
  });

  it("are refused exactly where they would not fit, and every proposed value puts it right", () => {
    const flavors = fc.uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-z]{1,6}$/),
        vcpus: fc.integer({ min: 1, max: 32 }),
        ram: fc.integer({ min: 640, max: 131_072 }),
        disk: fc.constantFrom(0, 20),
      }),
      { minLength: 2, maxLength: 8, selector: ({ name }) => name },
    );
    const scaling = fc.oneof(
      fc.record({ count: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ scaling: fc.record({ mode: fc.constant("auto"), max: fc.integer({ min: 2, max: 60 }) }) }),
    );
    fc.assert(
      fc.property(flavors, scaling, fc.boolean(), (there, size, reads) => {
        const [app = SMALL, db = SMALL] = there;
        const network = { app: { cidr: "10.20.4.0/22" } };
        const config = (changes: object) =>
          validate("ecommerce", {
            ...SMALLEST,
            network,
            app: { ...SMALLEST.app, ...size, ...changes },
            database: { ...SMALLEST.database, readers: reads ? ["reports"] : [] },
          });
        const servers = "count" in size ? size.count : size.scaling.max;
        const needed = connectionsNeeded({ app, servers, readers: reads ? 1 : 0 });
        const found = shortages(config({}), { app, db }, there);
        assert.equal(found.length, needed > maxConnections(db) ? 1 : 0);
        for (const { key, problem, set } of found) {
          assert.equal(key, "database.flavor");
          assert.match(problem, new RegExp(`there may be ${needed}: ${servers} app servers`));
          for (const [name, value] of Object.entries(set ?? {})) {
            const larger = there.find((one) => one.name === value);
            if (name === "database.flavor")
              assert.deepEqual(shortages(config({}), { app, db: larger ?? db }, there), []);
            const resized = name === "app.count" ? { count: value } : { scaling: { mode: "auto", max: value } };
            if (name.startsWith("app")) assert.deepEqual(shortages(config(resized), { app, db }, there), []);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("do for the stack files that come with the program", () => {
    assert.deepEqual(shortages(store({ count: 2 }, ["reports"]), { app: SMALL, db: SMALL }, []), []);
    assert.deepEqual(shortages(store({ count: 2 }), { app: MEDIUM, db: MEDIUM }, []), []);
    const auto = { scaling: { mode: "auto", min: 2, max: 4 } };
    assert.deepEqual(shortages(store(auto), { app: MEDIUM, db: LARGE }, []), []);
  });

  it("are refused with a flavor, a number and workers that would do", () => {
    const [found] = shortages(store({ count: 5 }), { app: SMALL, db: SMALL }, [TINY, SMALL, MEDIUM, LARGE]);
    assert.equal(
      found?.problem,
      '"m1.small" takes 188 connections, but there may be 220: 5 app servers × (13 PHP workers of "m1.small" + 8) × 2 while they are replaced + 10 others; choose database.flavor m1.medium (222), or app.count 4, or an app.flavor with at most 9 workers',
    );
    assert.deepEqual(found?.set, { "database.flavor": "m1.medium" });
    const [unlisted] = shortages(store({ count: 5 }), { app: SMALL, db: SMALL }, []);
    assert.match(unlisted?.problem ?? "", /choose a database\.flavor with \d+ MiB of memory, or app\.count 4/);
    const [memory] = shortages(store({}), { app: TINY, db: SMALL }, [TINY, SMALL]);
    assert.equal(memory?.key, "app.flavor");
    assert.match(memory?.problem ?? "", new RegExp(`512 MiB of memory; an app server needs ${SMALLEST_APP_RAM}`));
  });

  it("are counted by the doctor as by `up`", async () => {
    const body = JSON.stringify({ flavors: [TINY, SMALL, MEDIUM, LARGE] });
    const { session, close } = await fakeEndpoint("compute", () => ({ body }));
    const look = (app: object) => connections(new CloudView(session), store(app));
    const [[wrong], [right], unknown] = [
      await look({ count: 5 }),
      await look({ count: 2 }),
      await look({ flavor: "elsewhere" }),
    ];
    close();
    assert.deepEqual([wrong?.state, wrong?.set], ["wrong", { "database.flavor": "m1.medium" }]);
    assert.equal(right?.state, "fine");
    assert.deepEqual(unknown, []);
  });
});
