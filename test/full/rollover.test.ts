import assert from "node:assert/strict";
import { link, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type FullStore, inside, STACK, withFullStore } from "../support/full-lab";
import { failure } from "../support/lab";
import { sells, tell, type Watch, watching } from "../support/shopper";
import { unexplained } from "../support/switch-aborts";

const UNTOUCHED = ["db-1", "keeper-1"];
const ROLES = ["web", "services"];
/** User data knows the flavor. */
const LARGER = { web: { flavor: "m1.medium" }, app: { flavor: "m1.medium" } };

describe("a store whose web and app servers are replaced under load", function () {
  this.timeout("15m");
  let store: FullStore;

  withFullStore((given) => {
    store = given;
  });
  before(() => sells(store.url));

  /** Nova's ids of the servers, by their names. */
  const servers = async (): Promise<Map<string, string>> => {
    const all = await store.lab.member.list("servers");
    return new Map(all.map(({ id, name }) => [String(name).replace(`ecommerce-${STACK}-`, ""), String(id)]));
  };
  const expectOthers = (before: Map<string, string>, after: Map<string, string>) => {
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
    for (const [name, id] of before) assert.equal(after.get(name) === id, UNTOUCHED.includes(name), name);
  };
  const expectUnnoticed = async (what: string, seen: Watch) => {
    tell(what, seen);
    assert.equal(await unexplained(seen, store), 0, seen.reasons.join("; "));
  };

  it("by new user data: no request fails, and the database server stays", async () => {
    const before = await servers();
    const stack = await store.changed(LARGER);
    await expectUnnoticed("new user data and flavor", await watching(store.url, 10, () => stack.up()));
    expectOthers(before, await servers());
    assert.deepEqual(Object.keys((await stack.preview()).changeSummary), ["same"]);
  });

  it("by new golden images: no request fails", async () => {
    const before = await servers();
    const folder = path.join(store.lab.env.LAB_IMAGES ?? "", "golden");
    const links = await mkdtemp(path.join(folder, "test-"));
    try {
      for (const role of ROLES) {
        const image = path.join(links, `${role}.raw`);
        await link(await newest(folder, role), image);
        await store.lab.command("image", `ecommerce-${role}`, image);
      }
    } finally {
      await rm(links, { recursive: true });
    }
    await expectUnnoticed("new golden images", await watching(store.url, 10, () => store.stack.up()));
    expectOthers(before, await servers());
  });

  it("by servers that do not come up: up fails and says why, the old ones go on, and the next up puts it right", async () => {
    const { admin, member } = store.lab;
    // The old servers, the ones that fail, and the ones that come at last.
    const quota = { quota_set: { instances: 20, cores: 40, ram: 102_400 } };
    await admin.call("compute", `/os-quota-sets/${member.projectId}`, "PUT", quota);
    const before = await servers();
    const release = { url: "file:///nowhere.zip", sha256: "0".repeat(64) };
    const stack = await store.changed(LARGER, { "ecommerce:shop": { media: { driver: "swift" }, release } });
    let said = "";
    const seen = await watching(store.url, 5, async () => {
      said = await failure((onOutput) => stack.up({ onOutput }));
    });
    assert.match(said, /the old servers go on serving, since a new one failed to boot/);
    assert.match(said, /FAILED after \d+ s while fetching the shop: file:\/\/\/nowhere\.zip cannot be fetched/);
    await expectUnnoticed("servers that do not come up", seen);
    const now = await store.lab.member.list("servers");
    for (const [name, id] of before)
      assert.ok(
        now.some((server) => server.id === id),
        name,
      );

    const mended = await store.changed(LARGER);
    await expectUnnoticed("the way back", await watching(store.url, 10, () => mended.up()));
    assert.deepEqual([...(await servers()).keys()].sort(), [...before.keys()].sort());
    const report = JSON.parse(await inside("app-1", "cat /var/lib/ecommerce/report.json"));
    assert.equal(report.status, "ready");
  });
});

/** The role's image that was baked last. */
async function newest(folder: string, role: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${role}-`) && name.endsWith(".raw"));
  const files = await Promise.all(
    names.map(async (name) => ({ file: path.join(folder, name), time: (await stat(path.join(folder, name))).mtimeMs })),
  );
  const [last] = files.sort((a, b) => b.time - a.time);
  assert.ok(last, `no image of role ${role} in ${folder}`);
  return last.file;
}
