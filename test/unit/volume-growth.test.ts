import assert from "node:assert/strict";
import path from "node:path";
import { dataGiB } from "../../commands/doctor/checks/quotas";
import { cloudApi } from "../../components/cloud/api";
import { PLAIN_CONNECTION } from "../../components/cloud/connection-settings";
import { NOTHING_EXISTS } from "../../components/cloud/existing-store";
import { Findings } from "../../components/cloud/findings";
import { sessionOf } from "../../components/cloud/session";
import { findStorageEndpoints, keeperPortsOf, portsOf } from "../../components/cloud/storage-endpoints";
import { validate } from "../../components/config/validate";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { SMALLEST } from "../support/stack-files";

const MODULES = path.join(ROOT, "components/cloud-init/scripts/keeper");
/** The keeper's own arithmetic: what it imports beside is not here. */
const PROGRAM = `
import json, sys, types
for name in ("pymysql", "pymysql.connections"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["pymysql.connections"].Connection = object
from grow import next_size
print(json.dumps([next_size(*asked) for asked in json.load(sys.stdin)]))
`;

describe("a volume that grows by itself", () => {
  it("grows by a quarter when it is 80 % full, by one GiB at least, and never beyond what is allowed", async () => {
    const asked = [
      [10, 79, 40],
      [10, 80, 40],
      [1, 95, 40],
      [35, 81, 40],
      [40, 99, 40],
      [50, 99, 40],
    ];
    const env = { PYTHONPATH: MODULES };
    const { stdout } = await run("python3", ["-B", "-c", PROGRAM], { input: JSON.stringify(asked), env });
    assert.deepEqual(JSON.parse(stdout), [null, 13, 2, 40, null, null]);
  });

  it("is Cinder's, to whose address the keeper must be let out", async () => {
    const endpoint = (type: string, url: string) => ({
      type,
      endpoints: [{ interface: "public", region: "r", url }],
    });
    const cinder = "http://203.0.113.9:8776/v3/p";
    const scope = {
      region: "r",
      projectId: "p",
      userId: "u",
      tokenId: "t",
      serviceCatalogs: [
        endpoint("identity", "http://127.0.0.1:9"),
        endpoint("object-store", "https://swift.example.com/v1/AUTH_p"),
        endpoint("volumev3", cinder),
      ],
    };
    const session = sessionOf(scope, PLAIN_CONNECTION);
    const found = async (services: string[], grow?: object) => {
      const config = validate("ecommerce", {
        ...SMALLEST,
        access: { services },
        database: {
          ...SMALLEST.database,
          volume: { size: 10, grow },
          backups: { image: "debian-12", flavor: "m1.small" },
        },
      });
      const findings = new Findings("ecommerce");
      const endpoints = await findStorageEndpoints(findings, session, cloudApi(session), config);
      findings.throwIfAny();
      return endpoints;
    };
    const near = ["127.0.0.0/8"];
    const endpoints = await found([...near, "203.0.113.0/24"], { to: 40 });
    assert.deepEqual(endpoints?.volumes, { url: cinder, types: ["volumev3"] });
    assert.ok(endpoints);
    assert.deepEqual(
      [portsOf(endpoints), keeperPortsOf(endpoints)],
      [
        [9, 443],
        [9, 443, 8776],
      ],
    );
    await assert.rejects(
      found(near, { to: 40 }),
      /access\.services: 127\.0\.0\.0\/8 does not hold the endpoint http:\/\/203\.0\.113\.9:8776\/v3\/p/,
    );
    assert.equal((await found(near))?.volumes, undefined);
  });

  it("takes room in the quota for all that it may grow by, from what it is now", async () => {
    const config = (grow?: object) =>
      validate("ecommerce", {
        ...SMALLEST,
        access: { services: ["127.0.0.0/8"] },
        database: {
          ...SMALLEST.database,
          volume: { size: 10, grow },
          backups: { image: "debian-12", flavor: "m1.small" },
        },
      });
    const needed = (stands: boolean, sizes: Record<string, number>, grow?: object) =>
      dataGiB(
        { existing: async () => ({ ...NOTHING_EXISTS, volumeSizes: sizes }) },
        config(grow),
        stands,
        "ecommerce-dev",
      );
    assert.equal(await needed(false, {}), 10);
    assert.equal(await needed(false, {}, { to: 40 }), 40);
    assert.equal(await needed(true, { "ecommerce-dev-db-data": 10 }), 0);
    assert.equal(await needed(true, { "ecommerce-dev-db-data": 16 }, { to: 40 }), 24);
    assert.equal(await needed(true, { "ecommerce-dev-db-data": 50 }, { to: 40 }), 0);
  });
});
