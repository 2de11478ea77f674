import assert from "node:assert/strict";
import fc from "fast-check";
import { uploads } from "../../commands/doctor/checks/uploads";
import { CloudView } from "../../commands/doctor/cloud-view";
import { atOnce } from "../../commands/uploads/at-once";
import { firstKept, requireKept } from "../../commands/uploads/kept";
import { stepsTo, take } from "../../commands/uploads/past";
import { forget, outdated } from "../../commands/uploads/prune";
import { histories } from "../../commands/uploads/versions";
import { type CloudApi, cloudApi } from "../../components/cloud/api";
import { Findings } from "../../components/cloud/findings";
import { findStorageEndpoints } from "../../components/cloud/storage-endpoints";
import { hasObjectVersioning, NO_VERSIONS } from "../../components/cloud/swift-info";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { type FakeEndpoint, fakeEndpoint } from "../support/fake-endpoint";
import { FakeSwift } from "../support/fake-swift";
import { record } from "../support/recorder";
import { CLOUD, SMALLEST, STORAGE } from "../support/stack-files";

const SWIFT = { access: { services: ["192.0.2.0/24"] }, shop: { media: { driver: "swift", versions: {} } } };

/** A container by the API's own client, over HTTP. */
async function withSwift<T>(swift: FakeSwift, work: (api: CloudApi, fake: FakeEndpoint) => Promise<T>): Promise<T> {
  const fake = await fakeEndpoint("object-store", swift.reply);
  try {
    return await work(cloudApi(fake.session), fake);
  } finally {
    fake.close();
  }
}

const bringBack = (api: CloudApi, at: number) =>
  atOnce(stepsTo(at * 1000, api, "m"), 3, (step) => take(api, "m", step));

const prune = (api: CloudApi, until: number, now: number) =>
  atOnce(histories(api, "m"), 3, (one) => forget(api, "m", one.name, outdated(one, until * 1000, now * 1000)));

/** Names that sort next to each other, with what paths encode. */
const NAMES = ["download/a b", "image/a", "image/a.png", "image/é?.png", "upload/z"];
const act = fc.tuple(fc.constantFrom("put", "delete"), fc.constantFrom(...NAMES), fc.constantFrom("x", "yy"));

/** Does it, and remembers what was there at the beginning of each second. */
function live(swift: FakeSwift, acts: readonly (readonly [string, string, string])[]) {
  const past = new Map<number, Record<string, string>>();
  for (const [kind, name, text] of acts) {
    const isThere = name in swift.state();
    if (kind === "put") swift.put(name, text);
    else if (isThere) swift.delete(name);
    past.set(swift.now + 1, swift.state());
  }
  return past;
}

describe("uploads of the past", function () {
  this.timeout("1m");
  it("are as they were at any second, however they are spread over pages, and that too can be undone", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 2, max: 5 }),
        async (acts, limit) => {
          const swift = new FakeSwift(limit);
          swift.putUnversioned("image/from-before.png", "old");
          const past = live(swift, acts);
          await withSwift(swift, async (api) => {
            for (const [at, state] of past) {
              const [before, undo] = [swift.state(), ++swift.now];
              await bringBack(api, at);
              assert.deepEqual(swift.state(), state);
              assert.deepEqual(await bringBack(api, at), { done: 0, failed: 0, reason: undefined });
              await bringBack(api, undo);
              assert.deepEqual(swift.state(), before);
            }
          });
        },
      ),
      { numRuns: 12 },
    );
  });

  it("come back after the container was emptied", async () => {
    const swift = new FakeSwift(3);
    for (let number = 0; number < 20; number++) swift.put(`image/${number}.png`, String(number));
    const [before, at] = [swift.state(), swift.now + 1];
    for (const name of Object.keys(before)) swift.delete(name);
    assert.deepEqual(swift.state(), {});
    const outcome = await withSwift(swift, (api) => bringBack(api, at));
    assert.deepEqual([swift.state(), outcome.done], [before, 20]);
  });

  it("leave alone what is there and older, though Swift keeps a refused upload as a newer version", async () => {
    const swift = new FakeSwift(10);
    swift.put("image/a.png", "the first server's");
    swift.putTooLate("image/a.png", "the second server's");
    const at = swift.now + 1;
    await withSwift(swift, async (api) => {
      assert.deepEqual(await bringBack(api, at), { done: 0, failed: 0, reason: undefined });
    });
    assert.deepEqual(swift.state(), { "image/a.png": "the first server's" });
  });

  it("have none of the signs that servers give each other", async () => {
    const swift = new FakeSwift(10);
    swift.put(".recent/1", "");
    const at = swift.now + 1;
    swift.expire(".recent/1");
    await withSwift(swift, (api) => bringBack(api, at));
    assert.deepEqual(swift.state(), {});
  });

  it("are told of in full when one fails, which keeps no other waiting", async () => {
    const list = (async function* () {
      yield* [1, 2, 3];
    })();
    const outcome = await atOnce(list, 2, async (one) => {
      if (one === 1) throw new Error("GET /m was answered with 503");
    });
    assert.deepEqual(outcome, { done: 2, failed: 1, reason: "GET /m was answered with 503" });
  });
});

describe("old versions of uploads", function () {
  this.timeout("1m");
  it("go, and every second since stays within reach", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 2, max: 5 }),
        fc.nat({ max: 14 }),
        async (acts, limit, age) => {
          const swift = new FakeSwift(limit);
          swift.putUnversioned("image/from-before.png", "old");
          const past = live(swift, acts);
          const until = swift.now + 1 - age;
          await withSwift(swift, async (api) => {
            const before = swift.state();
            await prune(api, until, swift.now);
            assert.deepEqual(swift.state(), before);
            for (const [at, state] of past) {
              if (at < until) continue;
              await bringBack(api, at);
              assert.deepEqual(swift.state(), state);
            }
          });
        },
      ),
      { numRuns: 12 },
    );
  });

  it("never are what is there, also where a page ends between an object's versions", async () => {
    const swift = new FakeSwift(2);
    swift.put("image/a.png", "older");
    swift.put("image/a.png", "the first server's");
    swift.putTooLate("image/a.png", "late");
    swift.putTooLate("image/a.png", "later");
    await withSwift(swift, (api) => prune(api, swift.now + 1000, swift.now + 1000));
    assert.deepEqual([swift.state(), swift.count()], [{ "image/a.png": "the first server's" }, 1]);
  });

  it("leave nothing behind of what was deleted, and the servers' signs go after hours", async () => {
    const swift = new FakeSwift(10);
    swift.put("image/a.png", "one");
    swift.delete("image/a.png");
    swift.put(".recent/1", "");
    swift.expire(".recent/1");
    const now = swift.now;
    await withSwift(swift, (api) => prune(api, now - 1000, now + 3 * 3600));
    assert.equal(swift.count(), 2);
    await withSwift(swift, (api) => prune(api, now + 1, now + 3 * 3600));
    assert.equal(swift.count(), 0);
  });
});

describe("shop.media.versions", () => {
  const config = (days: number) =>
    validate("ecommerce", { ...SMALLEST, ...SWIFT, shop: { media: { driver: "swift", versions: { days } } } });

  it("switches the container's versions on where it stands in the stack file, and nowhere else", async () => {
    for (const [versions, expected] of [
      [{}, true],
      [undefined, undefined],
    ] as const) {
      const media = { driver: "swift", ...(versions && { versions }) };
      const store = validate("ecommerce", { ...SMALLEST, ...SWIFT, shop: { media } });
      const { recorder } = await record(() => {
        new Storefront("store", {
          config: store,
          cloud: { ...CLOUD, storage: STORAGE },
          naming: new Naming("ecommerce", "dev"),
        });
      });
      const made = recorder.one("objectstorage/container:Container", "store-media");
      assert.deepEqual(["versioning" in made, made.versioning], [versions !== undefined, expected]);
      for (const other of ["store-static", "store-backups"])
        assert.ok(!("versioning" in recorder.one("objectstorage/container:Container", other)));
    }
  });

  it("says which seconds the command may be asked for", () => {
    const now = Date.parse("2026-11-28T12:00:00Z");
    const of = (media: object) =>
      firstKept("shop", { "ecommerce:shop": { value: JSON.stringify({ cache: 5, media }) } }, now);
    const first = of({ driver: "swift", versions: { days: 2 } });
    assert.equal(new Date(first).toISOString(), "2026-11-26T12:00:00.000Z");
    for (const media of [{ driver: "swift" }, { driver: "local" }])
      assert.throws(() => of(media), /^Error: stack shop keeps no versions of uploads: `shop.media.versions: \{\}`/);
    assert.throws(() => firstKept("shop", {}, now), /keeps no versions/);
    requireKept(first, first, now);
    requireKept(now, first, now);
    for (const at of [first - 1000, now + 1000])
      assert.throws(
        () => requireKept(at, first, now),
        /between 2026-11-26T12:00:00Z and now: .*; nothing was changed$/,
      );
  });

  it("is judged by what Swift says of itself", async () => {
    const ask = async (status: number, body: string) => {
      const { session, close } = await fakeEndpoint("object-store", () => ({ status, body }));
      const url = `${session.serviceCatalogs[0]?.endpoints[0]?.url}`;
      const found = await hasObjectVersioning(`${url}/v1/AUTH_p`, session.send);
      const told = await uploads(new CloudView(session), config(30), "shop-dev");
      close();
      return [found, told.map(({ state, text }) => `${state} ${text}`)];
    };
    assert.deepEqual(await ask(200, '{"swift": {}}'), [false, [`wrong ${NO_VERSIONS}`]]);
    assert.deepEqual(await ask(404, ""), [undefined, ["unknown Swift does not tell whether it keeps versions"]]);
  });

  it("is refused by `up` where Swift has none", async () => {
    const judge = async (info: object) => {
      const token = { token: { user: { id: "u" }, project: { id: "p" } } };
      const { session, close } = await fakeEndpoint(["identity", "object-store"], ({ url }) => ({
        body: JSON.stringify(url === "/info" ? info : token),
      }));
      const findings = new Findings("ecommerce");
      await findStorageEndpoints(findings, session, cloudApi(session), config(30)).finally(close);
      findings.throwIfAny();
    };
    await assert.rejects(judge({ swift: {} }), /ecommerce:shop\.media\.versions: needs a Swift that keeps versions/);
    // The endpoint itself is out of reach here; of the versions nothing is said.
    await assert.rejects(judge({ object_versioning: {} }), (error: Error) => !/versions/.test(error.message));
  });

  it("has a doctor that misses one who deletes old versions", async () => {
    const swift = new FakeSwift(10);
    swift.now = Math.floor(Date.now() / 1000) - 20 * 86_400;
    swift.put("image/a.png", "one");
    swift.put("image/a.png", "two");
    const look = (days: number) =>
      withSwift(swift, async (_, { session }) =>
        (await uploads(new CloudView(session), config(days), "shop-dev")).map(({ state }) => state),
      );
    assert.deepEqual([await look(30), await look(10)], [["fine"], ["wrong"]]);
  });
});
