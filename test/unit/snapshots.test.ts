import assert from "node:assert/strict";
import { snapshotsInTheWay } from "../../commands/dependents/snapshots";
import type { StateResource } from "../../commands/dependents/state";
import { described, ownSnapshots, remove, take } from "../../commands/snapshot/snapshots";
import { ApiError, type CloudApi, cloudApi } from "../../components/cloud/api";
import { Findings } from "../../components/cloud/findings";
import { requireSnapshot } from "../../components/cloud/snapshots";
import { unpacked } from "../../components/cloud-init/packed";
import { renderUserData } from "../../components/cloud-init/role";
import { databaseRole } from "../../components/cloud-init/roles/database";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { replacementOutage } from "../../components/database/outage";
import { Storefront } from "../../components/storefront";
import { fakeEndpoint } from "../support/fake-endpoint";
import { record } from "../support/recorder";
import { BASE, databaseArgs } from "../support/role-args";
import { CLOUD, SMALLEST } from "../support/stack-files";

const NAMING = new Naming("ecommerce", "dev");
const ID = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
const VOLUME = "673c1137-9d23-4208-a39d-05e71b694faf";
const SNAPSHOT = {
  id: ID,
  name: "ecommerce-dev-snapshot-20261127T101500Z",
  status: "available",
  size: 10,
  volume_id: VOLUME,
  created_at: "2026-11-27T10:15:01.000000",
  metadata: { owner: "ecommerce-dev", "taken-at": "2026-11-27T10:15:00Z" },
};
const DATA = { id: VOLUME, name: "ecommerce-dev-db-data", metadata: NAMING.metadata("db"), attachments: [{}] };

type Snapshot = typeof SNAPSHOT;

/** A Cinder with snapshots, and what it was asked. */
function cinder({
  snapshots = [SNAPSHOT] as Snapshot[],
  volumes = [DATA] as object[],
  made = "available",
  afterDelete = undefined as string | undefined,
} = {}) {
  const asked: string[] = [];
  const bodies: object[] = [];
  let all = [...snapshots];
  const gone = (path: string) => new ApiError(`GET ${path} was answered with 404`, 404);
  const cloud: Pick<CloudApi, "call" | "post"> = {
    call: async (_, path, method = "GET") => {
      asked.push(`${method} ${path}`);
      const [, kind = "", id = ""] = /^\/(snapshots|volumes)(?:\/([^?]+))?/.exec(path) ?? [];
      if (kind === "volumes" && (id === "" || id === "detail")) {
        const name = decodeURIComponent(/name=(.*)/.exec(path)?.[1] ?? "");
        return { volumes: volumes.filter((volume) => name === "" || Reflect.get(volume, "name") === name) };
      }
      if (kind === "volumes") {
        const volume = volumes.find((one) => Reflect.get(one, "id") === id);
        if (!volume) throw gone(path);
        return { volume };
      }
      if (id === "detail") return { snapshots: all };
      const snapshot = all.find((one) => one.id === id);
      if (!snapshot) throw gone(path);
      if (method === "DELETE") {
        all = all.flatMap((one) =>
          one.id !== id ? [one] : afterDelete === undefined ? [] : [{ ...one, status: afterDelete }],
        );
        return {};
      }
      return { snapshot };
    },
    post: async (_, path, body) => {
      asked.push(`POST ${path}`);
      bodies.push(body);
      all.push({ ...SNAPSHOT, status: made });
      return { snapshot: { ...SNAPSHOT, status: "creating" } };
    },
  };
  return { cloud, asked, bodies, left: () => all.map(({ id }) => id) };
}

describe("npm run snapshot", () => {
  it("takes one of the volume in use, named after its second and marked as the store's", async () => {
    const { cloud, asked, bodies } = cinder({ snapshots: [] });
    const { id } = await take(cloud, NAMING, VOLUME, new Date("2026-11-27T10:15:00.900Z"));
    assert.equal(id, ID);
    assert.deepEqual(bodies, [
      {
        snapshot: {
          volume_id: VOLUME,
          name: "ecommerce-dev-snapshot-20261127T101500Z",
          description: "databases of ecommerce-dev as they were at 2026-11-27T10:15:00Z",
          force: true,
          metadata: { owner: "ecommerce-dev", "taken-at": "2026-11-27T10:15:00Z" },
        },
      },
    ]);
    assert.deepEqual(asked, ["POST /snapshots", `GET /snapshots/${ID}`]);
  });

  it("leaves none behind that Cinder could not make, and says what that may mean", async () => {
    const { cloud, left } = cinder({ snapshots: [], made: "error" });
    await assert.rejects(
      take(cloud, NAMING, VOLUME),
      /state "error".* may have no snapshots; ask the cloud's operators/,
    );
    assert.deepEqual(left(), []);
  });

  it("says in Cinder's words why it takes none: no volume, no quota, no right, a state", async () => {
    const refusal = (status: number, message: string) => async () => {
      const { session, close } = await fakeEndpoint("block-storage", () => ({
        status,
        body: JSON.stringify({ reason: { code: status, message } }),
      }));
      await take(cloudApi(session), NAMING, VOLUME).finally(close);
    };
    const quota = "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded";
    await assert.rejects(refusal(413, quota), (error) => {
      return /quota .* is used up: SnapshotLimitExceeded: .*\(10\) exceeded\n.*--list/.test(String(error));
    });
    await assert.rejects(
      refusal(404, "Volume could not be found."),
      /673c1137\S+ is not in the cloud any more: Volume/,
    );
    await assert.rejects(refusal(403, "Policy doesn't allow"), /the cloud lets you take no snapshots: Policy doesn't/);
    await assert.rejects(refusal(400, "status must be available"), /no snapshot of the volume .*: status must be/);
    const { session, close } = await fakeEndpoint("block-storage", () => ({ status: 502, body: "<html>" }));
    await assert.rejects(take(cloudApi(session), NAMING, VOLUME).finally(close), /was answered with 502/);
  });

  it("lists the store's, the oldest first: of its volumes whoever took them, and those that a volume has left", async () => {
    const other = {
      ...SNAPSHOT,
      metadata: { owner: "ecommerce-prod", "taken-at": "" },
      volume_id: "other",
      id: "other",
    };
    const orphan = { ...SNAPSHOT, volume_id: "gone", id: "orphan" };
    const byHand = { ...SNAPSHOT, id: "by hand", name: "", created_at: "2026-11-26T08:00:00.000000" };
    const { cloud } = cinder({
      snapshots: [SNAPSHOT, other, orphan, Object.assign(byHand, { metadata: {} })],
    });
    const own = await ownSnapshots(cloud, NAMING);
    assert.deepEqual(
      own.map(({ id }) => id),
      ["by hand", ID, "orphan"],
    );
    assert.deepEqual(own.slice(0, 2).map(described), [
      `by hand  2026-11-26T08:00:00Z  10 GiB  available  without a name, of volume ${VOLUME}`,
      `${ID}  2026-11-27T10:15:00Z  10 GiB  available  ecommerce-dev-snapshot-20261127T101500Z, of volume ${VOLUME}`,
    ]);
  });

  it("deletes one of the store's, and nobody else's", async () => {
    const { cloud, left } = cinder();
    await remove(cloud, NAMING, ID);
    assert.deepEqual(left(), []);
    const theirs = { ...SNAPSHOT, volume_id: "other", metadata: { owner: "ecommerce-prod", "taken-at": "" } };
    const foreign = cinder({ snapshots: [theirs] });
    await assert.rejects(remove(foreign.cloud, NAMING, ID), /ecommerce-dev has no snapshot 9b1deb4d\S+; nothing was/);
    assert.deepEqual(foreign.left(), [ID]);
    const held = cinder({ afterDelete: "error_deleting" });
    await assert.rejects(remove(held.cloud, NAMING, ID), /still there, in state "error_deleting": .*made from it/);
  });

  it("is what a preview advises before the database server gets another image", () => {
    const told = (before?: string) => replacementOutage({ imageId: before }, "new", "dev");
    assert.match(told("old"), /the shop is closed .*another image.*`npm run snapshot -- dev` is the way back$/);
    for (const same of [told("new"), told(), replacementOutage(undefined, "new", "dev")]) {
      assert.doesNotMatch(same, /snapshot/);
    }
  });

  it("is what a destroyed stack is refused for, where its volume goes and Cinder would not delete it", async () => {
    const volume = (retainOnDelete?: boolean): StateResource => ({
      type: "openstack:blockstorage/volume:Volume",
      id: VOLUME,
      inputs: { name: DATA.name },
      retainOnDelete,
    });
    const { cloud } = cinder();
    const [line, ...none] = await snapshotsInTheWay(cloud, [volume()], "dev");
    assert.deepEqual(none, []);
    assert.match(line ?? "", /ecommerce-dev-db-data has the snapshot .*: npm run snapshot -- dev --delete 9b1deb4d/);
    assert.deepEqual(await snapshotsInTheWay(cloud, [volume(true)], "dev"), []);
  });
});

describe("a restore from a snapshot", () => {
  const database = (changes: object = {}, volume: object = {}) =>
    validate("ecommerce", {
      ...SMALLEST,
      database: {
        ...SMALLEST.database,
        volume: { size: 10, ...volume },
        restore: { snapshot: ID },
        ...changes,
      },
    });
  const problems = async (cloud: Pick<CloudApi, "call">, volume: object = {}) => {
    const findings = new Findings("ecommerce");
    await requireSnapshot(findings, cloud, "ecommerce-dev", database({}, volume).database);
    findings.throwIfAny();
  };

  it("is onto a volume of its own, made from the snapshot; the one of before is kept", async () => {
    const { recorder } = await record(
      () => new Storefront("store", { config: database(), cloud: CLOUD, naming: NAMING }),
    );
    const volumes = recorder.of("blockstorage/volume:Volume").map(({ name, inputs }) => ({
      name,
      cloud: inputs.name,
      from: inputs.snapshotId,
    }));
    assert.deepEqual(volumes, [
      { name: "store-db", cloud: "ecommerce-dev-db-data", from: undefined },
      { name: `store-db-${ID}`, cloud: `ecommerce-dev-db-data-${ID}`, from: ID },
    ]);
    const { volumeId } = recorder.one("compute/volumeAttach:VolumeAttach", "store-db");
    assert.equal(volumeId, `id-of-store-db-${ID}`);
    const { userData } = recorder.one("compute/instance:Instance", "store-db");
    const text = unpacked(typeof userData === "string" ? userData : Object(userData).value);
    assert.ok(text.includes(`SNAPSHOT='${ID}'`) && text.includes("RESTORE=''"), text);
  });

  it("tells a golden image without the new timeline to be baked anew", async () => {
    const role = databaseRole({ ...(await databaseArgs()), snapshot: ID });
    const text = unpacked(renderUserData(role, { hostname: "database", mode: "image", base: BASE }));
    assert.match(text, /for baked in .*\/new-timeline\.sql/);
  });

  it("is refused where the snapshot is not there, not ready, too large or another store's, all in one error", async () => {
    await problems(cinder().cloud);
    const missing = /ecommerce:database\.restore\.snapshot: "9b1deb4d\S+" is not there \(npm run snapshot/;
    await assert.rejects(problems(cinder({ snapshots: [] }).cloud), missing);
    const creating = cinder({ snapshots: [{ ...SNAPSHOT, status: "creating" }] });
    await assert.rejects(problems(creating.cloud), /is in state "creating", and not available/);
    const large = { ...SNAPSHOT, size: 20, metadata: { ...SNAPSHOT.metadata, owner: "ecommerce-old" } };
    await assert.rejects(problems(cinder({ snapshots: [large] }).cloud), (error) => {
      const text = String(error);
      assert.match(text, /has 20 GiB, which no volume of 10 GiB holds: make database\.volume\.size 20 or more/);
      return /is of the store ecommerce-old, on whose data no other store starts/.test(text);
    });
    await problems(cinder({ snapshots: [large] }).cloud, { size: 20, formerly: "ecommerce-old" });
  });

  it("is refused where it would delete the volume that the snapshot is of, which Cinder does not do", async () => {
    const restored = { ...DATA, name: `${DATA.name}-20261127T101500Z` };
    const passing = cinder({ volumes: [restored] });
    await assert.rejects(
      problems(passing.cloud, { onDestroy: "delete" }),
      /Cinder deletes none .*onDestroy "keep" first/,
    );
    await problems(passing.cloud, { onDestroy: "keep" });
    await problems(cinder().cloud, { onDestroy: "delete" });
    await problems(cinder({ volumes: [{ ...restored, attachments: [] }] }).cloud, { onDestroy: "delete" });
  });

  it("asks no more once its volume is there: the snapshot may go then", async () => {
    const { cloud, asked } = cinder({ snapshots: [], volumes: [{ ...DATA, name: `${DATA.name}-${ID}` }] });
    await problems(cloud);
    assert.deepEqual(asked, [`GET /volumes?name=ecommerce-dev-db-data-${ID}`]);
  });
});
