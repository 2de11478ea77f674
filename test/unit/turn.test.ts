import assert from "node:assert/strict";
import { type ChangeArgs, changeOf } from "../../components/scaling/change";
import { FakeHeat, GROUP, type HeatInCloud } from "../support/fake-heat";
import { template } from "../support/group-template";

const USER_DATA = "#cloud-config\nnew: true\n";
const SAME = { userData: USER_DATA };

describe("what an update does to the members of a group", () => {
  let heat: FakeHeat;
  const warned: string[] = [];
  afterEach(() => heat.close());

  const change = async (cloud: HeatInCloud, more: Partial<ChangeArgs> = {}) => {
    heat?.close();
    heat = new FakeHeat(cloud);
    warned.length = 0;
    const warn = (line: string) => void warned.push(line);
    const args = { api: () => heat.api(), name: GROUP, template: template(), userData: USER_DATA, warn };
    const { turn, isReplacement } = await changeOf({ ...args, ...more });
    return [turn, isReplacement];
  };

  it("is nothing where Heat has none, and the first place is the one to make them in", async () => {
    assert.deepEqual(await change({ stands: false }), ["a", false]);
    assert.deepEqual(warned, []);
  });

  it("leaves servers where they are that boot from the same, whatever else changes", async () => {
    for (const turn of ["a", "b"]) {
      assert.deepEqual(await change({ ...SAME, turn }), [turn, false]);
      const other = template({ scaling: { max: 9, warmup: 9 }, tier: "web" });
      assert.deepEqual(await change({ ...SAME, turn }, { template: other }), [turn, false]);
    }
  });

  it("replaces them in the other place by servers that boot from something else", async () => {
    for (const [turn, next] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      assert.deepEqual(await change({ turn }), [next, true]);
      for (const other of [{ imageId: "another" }, { rootDisk: 20 }, { zone: "az1" }])
        assert.deepEqual(await change({ ...SAME, turn }, { template: template(other) }), [next, true]);
    }
  });

  it("replaces members that an older version made, even by servers that boot from the same", async () => {
    assert.deepEqual(await change({ ...SAME, turn: null }), ["a", true]);
  });

  it("is taken for none, with a warning, where Heat does not show the group", async () => {
    assert.deepEqual(await change({ turn: "b", refused: { looks: 403 } }), ["a", false]);
    assert.match(warned.join(), /cannot be seen, so nothing is tried out: .*403/);
    const refused = { template: 403 };
    assert.deepEqual(await change({ turn: "b", refused }), ["b", false]);
    assert.match(warned.join(), /403/);
  });
});
