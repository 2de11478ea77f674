import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { NOTHING_EXISTS } from "../../components/cloud/existing-store";
import { losses } from "../../components/cloud/losses";
import { unpacked } from "../../components/cloud-init/packed";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { certificates, memberCertificate } from "../../components/database/certificates";
import { imageRoles, serverGroups } from "../../components/features/index";
import { Storefront } from "../../components/storefront";
import { record } from "../support/recorder";
import { CLOUD, SMALLEST, STORAGE } from "../support/stack-files";

const BACKUPS = { image: "debian-12", flavor: "m1.small" };
const MARK = "ecommerce-dev-db-2/c85e5e92-eaa0-11f1-a265-be62c1fd890a:17";

const stackFile = (database: object = {}, more: object = {}) => ({
  ...SMALLEST,
  access: { services: ["192.0.2.0/24"] },
  ...more,
  database: { ...SMALLEST.database, mode: "pair", backups: BACKUPS, ...database },
});
const configOf = (database?: object, more?: object) => validate("ecommerce", stackFile(database, more));
const bootText = (userData: unknown) => unpacked(typeof userData === "string" ? userData : Object(userData).value);

async function build(database?: object, more?: object) {
  const config = configOf(database, more);
  const cloud = { ...CLOUD, storage: STORAGE };
  return record(() => new Storefront("store", { config, cloud, naming: new Naming("ecommerce", "dev") }));
}

/** @returns lines of the error, by key */
function refused(database: object): string[] {
  try {
    configOf(database);
    return [];
  } catch (error) {
    return [...String(error).matchAll(/ecommerce:(database[\w.]*)/g)].map(([, key = ""]) => key);
  }
}

describe("a pair of database servers", () => {
  it("is two servers at addresses of their own, each with a volume, and one address that is on neither's port alone", async () => {
    const { recorder } = await build();
    const ports = ["store-db", "store-db-2", "store-db-vip"].map((name) => {
      const { fixedIps, allowedAddressPairs } = recorder.one("networking/port:Port", name);
      return [fixedIps, allowedAddressPairs];
    });
    const at = (ipAddress: string) => [{ subnetId: "id-of-store-db", ipAddress }];
    const shared = [{ ipAddress: "10.20.2.10" }];
    assert.deepEqual(ports, [
      [at("10.20.2.11"), shared],
      [at("10.20.2.12"), shared],
      [at("10.20.2.10"), undefined],
    ]);
    assert.deepEqual(
      recorder.of("blockstorage/volume:Volume").map(({ name, inputs }) => [name, inputs.name]),
      [
        ["store-db", "ecommerce-dev-db-data"],
        ["store-db-2", "ecommerce-dev-db-data-2"],
      ],
    );
    assert.deepEqual(
      recorder
        .of("compute/volumeAttach:VolumeAttach")
        .map(({ inputs: { instanceId, volumeId } }) => [instanceId, volumeId]),
      [
        ["id-of-store-db", "id-of-store-db"],
        ["id-of-store-db-2", "id-of-store-db-2"],
      ],
    );
    const keeper = recorder.one("networking/port:Port", "store-keeper-1");
    assert.deepEqual(keeper.fixedIps, [{ subnetId: "id-of-store-app", ipAddress: "10.20.1.14" }]);
  });

  it("is apart: in a server group, and in a zone each where the stack file names zones", async () => {
    const zones = { cloud: { ...SMALLEST.cloud, computeZones: ["a", "b"], volumeZones: ["v", "w"] } };
    const { recorder } = await build({}, zones);
    const servers = ["store-db", "store-db-2"].map((name) => recorder.one("compute/instance:Instance", name));
    assert.deepEqual(
      servers.map(({ availabilityZone, schedulerHints }) => [availabilityZone, schedulerHints]),
      ["a", "b"].map((zone) => [zone, [{ group: "id-of-store-db" }]]),
    );
    assert.deepEqual(
      recorder.of("blockstorage/volume:Volume").map(({ inputs }) => inputs.availabilityZone),
      ["v", "w"],
    );
    assert.deepEqual(recorder.one("compute/serverGroup:ServerGroup", "store-db").policies, ["soft-anti-affinity"]);
  });

  it("lets in each other and the keeper, and at the database's port the app servers as ever", async () => {
    const { recorder } = await build();
    const rules = (group: string) =>
      recorder
        .of("networking/secGroupRule:SecGroupRule")
        .filter(({ inputs }) => inputs.securityGroupId === `id-of-store-${group}`)
        .map(({ inputs }) => `${inputs.direction} ${inputs.protocol} ${inputs.portRangeMin} ${inputs.remoteIpPrefix}`);
    const both = ["10.20.2.11/32", "10.20.2.12/32"];
    const members = both.flatMap((address) => [
      ...[4567, 4568, 4444, 4569].map((port) => `ingress tcp ${port} ${address}`),
      `ingress vrrp undefined ${address}`,
    ]);
    assert.deepEqual(
      rules("db")
        .filter((rule) => rule.startsWith("ingress"))
        .sort(),
      [...members, "ingress tcp 4567 10.20.1.14/32", "ingress tcp 3306 10.20.1.0/24"].sort(),
    );
    const ofKeeper = rules("keeper").filter((rule) => rule.includes(" 4567 ") || rule.startsWith("ingress"));
    assert.deepEqual(
      ofKeeper.sort(),
      both.flatMap((address) => [`egress tcp 4567 ${address}`, `ingress tcp 4567 ${address}`]).sort(),
    );
  });

  it("gives each server a key of its own, and the keeper too, which the store's authority knows", async () => {
    const { recorder } = await build();
    const { caCertificate } = await certificates("generated", "ecommerce-dev", "10.20.2.10");
    const keys = new Set<string>();
    for (const name of ["db-1", "db-2", "keeper-1"]) {
      const { certificate, key } = await memberCertificate("generated", "ecommerce-dev", `ecommerce-dev-${name}`);
      const server = name === "db-1" ? "store-db" : `store-${name}`;
      const text = bootText(recorder.one("compute/instance:Instance", server).userData);
      assert.ok(text.includes(key.trim().split("\n")[1] ?? "?"), name);
      const issued = new X509Certificate(certificate);
      assert.ok(issued.verify(new X509Certificate(caCertificate).publicKey), name);
      assert.deepEqual(issued.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
      keys.add(key);
    }
    assert.equal(keys.size, 3);
  });

  it("tells both servers what a person has chosen, by metadata, which replaces nothing", async () => {
    const [without, chosen] = [await build(), await build({ goOnFrom: MARK })];
    for (const name of ["store-db", "store-db-2"]) {
      const one = (built: typeof chosen) => built.recorder.one("compute/instance:Instance", name);
      assert.equal(Object(one(chosen).metadata)["go-on-from"], MARK);
      assert.equal(Object(one(without).metadata)["go-on-from"], undefined);
      assert.deepEqual(one(chosen).userData, one(without).userData);
    }
  });

  it("has images of its own, and is counted as two", () => {
    const config = configOf();
    assert.deepEqual(
      imageRoles(config).map(({ name }) => name),
      ["web", "services", "pair", "arbiter", "balancer"],
    );
    const group = serverGroups(config).find(({ name }) => name === "db");
    assert.deepEqual([group?.size, group?.apart], [{ least: 2, most: 2 }, true]);
  });

  it("is refused without a keeper, on Ubuntu, and with what only a single server has", () => {
    assert.deepEqual(refused({}), []);
    assert.deepEqual(refused({ backups: undefined }), ["database.backups"]);
    assert.deepEqual(refused({ image: "Ubuntu 24.04" }), ["database.image"]);
    assert.deepEqual(refused({ backups: { ...BACKUPS, image: "ubuntu-24.04" } }), ["database.backups.image"]);
    assert.deepEqual(refused({ restore: { at: "2026-11-27T10:15:00Z" } }), ["database.restore"]);
    assert.deepEqual(refused({ volume: { size: 10, grow: { to: 40 } } }), ["database.volume.grow"]);
    assert.deepEqual(refused({ goOnFrom: MARK }), []);
    assert.deepEqual(refused({ mode: "single", goOnFrom: MARK }), ["database.goOnFrom"]);
    assert.deepEqual(refused({ goOnFrom: "db-2" }), ["database.goOnFrom"]);
  });

  it("does not become a single server again, whose address the two share", () => {
    const servers = [1, 2].map((number) => {
      return { id: `${number}`, name: `ecommerce-dev-db-${number}`, imageId: undefined, metadata: {} };
    });
    const keys = (mode: string, count: number) =>
      losses(configOf({ mode }), { ...NOTHING_EXISTS, servers: servers.slice(0, count) }).map(({ key }) => key);
    assert.deepEqual(keys("single", 2), ["database.mode"]);
    assert.deepEqual([keys("pair", 2), keys("pair", 1), keys("single", 1)], [[], [], []]);
  });
});
