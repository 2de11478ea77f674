import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError, validate } from "../../components/config/validate";
import { SMALLEST } from "../support/stack-files";

type StackFile = Record<string, unknown>;

/** A stack file like the smallest one, with values put at dotted paths. */
function stackFile(changes: Readonly<Record<string, unknown>>): StackFile {
  const file: StackFile = structuredClone(SMALLEST);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const holder = keys.reduce<StackFile>((at, key) => {
      const next = at[key];
      if (typeof next === "object" && next !== null) return Object.assign(next);
      const made: StackFile = {};
      at[key] = made;
      return made;
    }, file);
    holder[last] = value;
  }
  return file;
}

function keysNamedFor(file: StackFile): string[] {
  try {
    validate("ecommerce", file);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    for (const { key } of error.mistakes) assert.ok(error.message.includes(`ecommerce:${key} `), error.message);
    return error.mistakes.map(({ key }) => key);
  }
}

const text = fc.string({ minLength: 1, maxLength: 20 });
const notWhole = (max: number) =>
  fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: max + 1 }), fc.constant(1.5), fc.constant("2"), fc.constant(null));
const notCidr = fc.oneof(
  text.filter((value) => !value.includes("/")),
  fc.constantFrom("10.0.0.1/24", "10.0.0.0/33", "10.0.0/24", "256.0.0.0/24", "::/0", "10.0.0.0/-1", "010.0.0.0/24"),
  fc.integer(),
);
const notOneOf = (...allowed: string[]) =>
  fc.oneof(
    text.filter((value) => !allowed.includes(value)),
    fc.integer(),
  );

/** Wrong values by key: each must be named, whatever else is wrong. */
const MISTAKES: Record<string, fc.Arbitrary<unknown>> = {
  "cloud.externalNetwork": fc.constantFrom("", "  ", 7, null, undefined),
  "cloud.floatingIp": fc.oneof(text, fc.constantFrom("300.1.1.1", "::1", "10.0.0.0/8")),
  "cloud.dnsServers.0": fc.constantFrom("dns.example", "9.9.9", 9),
  "cloud.objectStorage": fc.constantFrom("yes", 1, null),
  "network.web.cidr": fc.oneof(notCidr, fc.constantFrom("10.0.0.0/28", "127.0.0.0/24", "169.254.0.0/16", "0.0.0.0/0")),
  "network.db.cidr": fc.constantFrom("10.20.0.0/16", "10.20.1.0/25", "10.20.1.0/24"),
  "network.app.address": fc.constantFrom(
    "10.20.1.0",
    "10.20.1.1",
    "10.20.1.2",
    "10.20.1.16",
    "10.20.1.255",
    "10.9.9.9",
  ),
  "network.mtu": notWhole(9216),
  "access.shoppers": fc.constantFrom([], "0.0.0.0/0"),
  "access.backoffice.0": notCidr,
  "access.limits.pages": fc.constantFrom(-1, 1.5, "600", null),
  "access.admins.0": fc.oneof(notCidr, fc.constantFrom("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/7")),
  "web.count": notWhole(100),
  "web.flavor": fc.constantFrom("", null, 3),
  "app.image": fc.constantFrom("", undefined, {}),
  "app.rootDisk.size": notWhole(16384),
  "database.volume.size": notWhole(16384),
  "database.volume.onDestroy": notOneOf("refuse", "keep", "delete"),
  "database.stores.0": fc.constantFrom("Shop", "1shop", "a b", "a;drop", "x".repeat(33)),
  "balancing.web.algorithm": notOneOf("ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP"),
  "balancing.app.monitor.path": fc.constantFrom("healthz", "", "/a b", 1),
  "balancing.web.monitor.timeout": fc.integer({ min: 10, max: 3599 }),
  "balancing.flavor": fc.constantFrom("large", "", 1),
  "balancing.provider": fc.constantFrom("", 7, null),
};

describe("stack configuration", () => {
  it("accepts the smallest stack file and fills in the documented defaults", () => {
    const config = validate("ecommerce", SMALLEST);
    assert.equal(config.web.count, 2);
    assert.equal(config.network.db.cidr, "10.20.2.0/24");
    const { shoppers, limits, ...others } = config.access;
    assert.deepEqual(shoppers, ["0.0.0.0/0"]);
    assert.deepEqual(limits, { logins: 20, pages: 600, atOnce: 50, connections: 100 });
    for (const [key, cidrs] of Object.entries(others)) assert.deepEqual(cidrs, [], key);
    assert.deepEqual(config.balancing.web, {
      algorithm: "ROUND_ROBIN",
      persistence: { type: "none" },
      monitor: { path: "/healthz", delay: 10, timeout: 3, retries: 3 },
    });
    assert.equal(config.database.volume.onDestroy, "refuse");
  });

  it("names every mistake, with its value and what is allowed, in 1,500 generated bad stack files", () => {
    const keys = Object.keys(MISTAKES);
    const badFile = fc
      .uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 6 })
      .chain((chosen) =>
        fc.record(Object.fromEntries(chosen.map((key) => [key, MISTAKES[key] ?? fc.constant(undefined)]))),
      );
    fc.assert(
      fc.property(badFile, (changes) => {
        const named = keysNamedFor(stackFile(changes));
        for (const key of Object.keys(changes)) {
          // A list that is wrong as a whole has no first entry of its own.
          assert.ok(
            named.some((name) => name === key || key.startsWith(`${name}.`)),
            `${key} is not in ${named}`,
          );
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("never shows the value under an unknown key, which may be a secret, but lists the keys there are", () => {
    const file = stackFile({ "web.password": "hunter2", tokne: "hunter2" });
    assert.throws(
      () => validate("ecommerce", file),
      (error) =>
        error instanceof ConfigError &&
        !error.message.includes("hunter2") &&
        error.message.includes(
          "ecommerce:web.password is no known key; it must be one of image, flavor, rootDisk, count",
        ) &&
        error.message.includes("ecommerce:tokne is no known key; it must be one of cloud, network"),
    );
  });

  it("wants a cookie's name for APP_COOKIE only", () => {
    const named = (persistence: unknown) => keysNamedFor(stackFile({ "balancing.web.persistence": persistence }));
    assert.deepEqual(named({ type: "APP_COOKIE" }), ["balancing.web.persistence.cookie"]);
    assert.deepEqual(named({ type: "HTTP_COOKIE", cookie: "a" }), ["balancing.web.persistence.cookie"]);
    assert.deepEqual(named({ type: "STICKY" }), ["balancing.web.persistence.type"]);
    assert.deepEqual(named({ type: "APP_COOKIE", cookie: "OCSESSID" }), []);
  });

  it("refuses more servers than the subnet has addresses for", () => {
    const small = { "network.web.cidr": "10.20.0.0/27" };
    assert.deepEqual(keysNamedFor(stackFile({ ...small, "web.count": 9 })), []);
    assert.deepEqual(keysNamedFor(stackFile({ ...small, "web.count": 10 })), ["web.count"]);
  });

  it("adopts app and db subnets together or not at all", () => {
    assert.deepEqual(keysNamedFor(stackFile({ "network.app.subnet": "mine" })), ["network.db.subnet"]);
    assert.deepEqual(keysNamedFor(stackFile({ "network.app.subnet": "mine", "network.db.subnet": "mine-too" })), []);
  });

  it("wants a way to the packages, unless servers boot from images that hold them", () => {
    const boot = { "boot.mode": "packages" };
    assert.deepEqual(keysNamedFor(stackFile(boot)), ["access.packages", "database.egress"]);
    const mirrors = { ...boot, "access.packages": ["192.0.2.0/24"] };
    assert.deepEqual(keysNamedFor(stackFile({ ...mirrors, "database.egress": true })), []);
    // Whoever brings the subnets brings their router.
    const adopted = { "network.app.subnet": "mine", "network.db.subnet": "mine-too" };
    assert.deepEqual(keysNamedFor(stackFile({ ...mirrors, ...adopted })), []);
  });

  it("refuses alarms that would never fire, or fire without end", () => {
    const named = (scaling: object, telemetry: object = {}) =>
      keysNamedFor(stackFile({ "web.scaling": { mode: "auto", ...scaling }, telemetry }));
    assert.deepEqual(named({}), []);
    assert.deepEqual(named({ window: 300 }), ["web.scaling.window"]);
    assert.deepEqual(named({ window: 700 }), ["web.scaling.window"]);
    assert.deepEqual(named({ window: 120 }, { granularity: 60, sampling: 60 }), []);
    assert.deepEqual(named({ low: 50 }), ["web.scaling.low"]);
    assert.deepEqual(named({ cooldown: 599 }), ["web.scaling.cooldown"]);
    assert.deepEqual(named({ min: 3, max: 2 }), ["web.scaling.max"]);
    assert.deepEqual(named({ window: 600 }, { granularity: 60 }), ["telemetry.granularity"]);
    const prometheus = { driver: "heat-prometheus", sampling: 60 };
    assert.deepEqual(named({ window: 240 }, { ...prometheus, granularity: 120 }), ["telemetry.granularity"]);
    assert.deepEqual(named({ window: 360 }, { ...prometheus, granularity: 180 }), []);
    assert.deepEqual(named({}, { driver: "heat-prometheus" }), ["telemetry.granularity"]);
    assert.deepEqual(named({ heal: true }, { driver: "heat-signal" }), ["web.scaling.heal"]);
    const several = { window: 300, low: 90, cooldown: 1, max: 1 };
    assert.deepEqual(
      named(several).sort(),
      ["cooldown", "low", "max", "window"].map((key) => `web.scaling.${key}`),
    );
  });

  it("has addresses for the servers of a batch beside those that they replace", () => {
    const named = (max: number, rollout: object) =>
      keysNamedFor(
        stackFile({ "network.web.cidr": "10.20.0.0/27", "web.scaling": { mode: "auto", min: 2, max, rollout } }),
      );
    assert.deepEqual(named(9, { batch: 2 }), []);
    assert.deepEqual(named(9, { batch: 3 }), ["web.scaling.rollout.batch"]);
    assert.deepEqual(named(7, { batch: 4 }), []);
    assert.deepEqual(named(9, { batch: 2, minInService: 9 }), ["web.scaling.rollout.batch"]);
    assert.deepEqual(named(10, { batch: 3 }), ["web.scaling.max"]);
  });

  it("keeps uploads in Swift only where there is one, and a way to it", () => {
    const media = { "shop.media": { driver: "swift" } };
    const services = { "access.services": ["192.0.2.2/32"] };
    assert.deepEqual(keysNamedFor(stackFile({ ...media, ...services })), []);
    assert.deepEqual(keysNamedFor(stackFile({ ...media, "cloud.objectStorage": false })), [
      "cloud.objectStorage",
      "access.services",
    ]);
    const openStatic = { "shop.publicStatic": true, "cloud.objectStorage": false };
    assert.deepEqual(keysNamedFor(stackFile(openStatic)), ["cloud.objectStorage"]);
    assert.deepEqual(keysNamedFor(stackFile({ "shop.media": { driver: "s3" } })), ["shop.media.driver"]);
    assert.deepEqual(keysNamedFor(stackFile({ "shop.media": { driver: "local", accessRules: false } })), [
      "shop.media.accessRules",
    ]);
    const odd = { driver: "swift", accessRules: "no", role: "a b" };
    assert.deepEqual(keysNamedFor(stackFile({ ...services, "shop.media": odd })).sort(), [
      "shop.media.accessRules",
      "shop.media.role",
    ]);
  });

  it("backs up only with Swift and a way to it, and restores only with backups, by another store's key only from there", () => {
    const backups = { "database.backups": { image: "debian-12", flavor: "m1.small" } };
    const services = { "access.services": ["192.0.2.2/32"] };
    assert.deepEqual(keysNamedFor(stackFile({ ...backups, ...services })), []);
    assert.deepEqual(keysNamedFor(stackFile({ ...backups, "cloud.objectStorage": false })), [
      "cloud.objectStorage",
      "access.services",
    ]);
    const at = "2026-11-27T10:15:00Z";
    assert.deepEqual(keysNamedFor(stackFile({ "database.restore": { at } })), ["database.backups"]);
    for (const wrong of ["yesterday", "2026-11-27T10:15:00+01:00", "2026-02-30T10:15:00Z", "2026-11-27T25:00:00Z"]) {
      const file = stackFile({ ...backups, ...services, "database.restore": { at: wrong } });
      assert.deepEqual(keysNamedFor(file), ["database.restore.at"], wrong);
    }
    const unquoted = {
      ...stackFile({ ...backups, ...services, "database.restore": { at: "2026-11-27 10:15:00 +0000 UTC" } }),
    };
    assert.equal(validate("ecommerce", unquoted).database.restore?.at, at);
    const elsewhere = { at, container: "https://swift.example.com/v1/AUTH_q/backups" };
    const from = (more: object) => keysNamedFor(stackFile({ ...backups, ...services, ...more }));
    assert.deepEqual(from({ "database.restore": elsewhere }), ["backupKey"]);
    assert.deepEqual(from({ "database.restore": elsewhere, backupKey: "[secret]" }), []);
    assert.deepEqual(from({ "database.restore": { at }, backupKey: "[secret]" }), ["database.restore.container"]);
    // It grows by the keeper's hand.
    const grow = { "database.volume.grow": { to: 40 } };
    assert.deepEqual(from(grow), []);
    assert.deepEqual(keysNamedFor(stackFile(grow)), ["database.backups"]);
    assert.deepEqual(from({ "database.volume.grow": { to: 10 } }), ["database.volume.grow.to"]);
    assert.deepEqual(from({ "database.volume.grow": { to: 20_000, role: "a b" } }).sort(), [
      "database.volume.grow.role",
      "database.volume.grow.to",
    ]);
    // From a snapshot without backups, and not from both at once.
    const snapshot = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
    const restored = (restore: object) => keysNamedFor(stackFile({ "database.restore": restore }));
    assert.deepEqual(restored({ snapshot }), []);
    assert.deepEqual(restored({ snapshot: "yesterday's" }), ["database.restore.snapshot"]);
    assert.deepEqual(restored({}), ["database.restore.at"]);
    assert.deepEqual(from({ "database.restore": { at, snapshot } }), ["database.restore.at"]);
    const both = { "database.restore": { ...elsewhere, snapshot }, backupKey: "[secret]" };
    assert.deepEqual(from(both), ["database.restore.at", "database.restore.container"]);
    for (const name of ["ecommerce_backups", "ecommerce_keeper", "ecommerce_restorer"]) {
      assert.deepEqual(keysNamedFor(stackFile({ "database.stores": [name] })), ["database.stores.0"]);
    }
  });

  it("refuses databases and users by names that the database server uses itself, each with one mistake", () => {
    const taken = ["test", "mysql", "sys", "information_schema", "performance_schema", "innodb", "root", "public"];
    const files = ["ibdata1", "undo_001", "ib_logfile0"];
    for (const name of [...taken, ...files, "mariadb", "ecommerce_accounts", "mariadb.sys", "debian-sys-maint"]) {
      const twice = { "database.stores": ["shop", name], "database.readers": [name] };
      assert.deepEqual(keysNamedFor(stackFile(twice)), ["database.stores.1", "database.readers.0"], name);
    }
    const near = { "database.stores": ["testing", "mysql_shop", "rooted"], "database.readers": ["tests"] };
    assert.deepEqual(keysNamedFor(stackFile(near)), []);
    const same = { "database.stores": ["shop", "no good"], "database.readers": ["shop"] };
    assert.deepEqual(keysNamedFor(stackFile(same)), ["database.stores.1", "database.readers.0"]);
  });

  it("refuses what is named twice", () => {
    assert.deepEqual(keysNamedFor(stackFile({ "cloud.computeZones": ["a", "a"] })), ["cloud.computeZones"]);
  });
});
