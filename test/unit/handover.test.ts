import assert from "node:assert/strict";
import { Handover, type HandoverArgs } from "../../components/readiness/handover";
import { BOOTING, FAILED, READY } from "../support/consoles";

describe("new servers in a group that serves", () => {
  const member = (address: string, status: string) => ({ address, operating_status: status });
  const NEW = member("10.0.0.3", "ONLINE");

  /** Nova and Octavia in one; the last console and the last list of members are there for ever. */
  function cloud(consoles: readonly string[], members: readonly (readonly object[])[]) {
    let looks = 0;
    let asked = 0;
    const nth = <T>(list: readonly T[], index: number) => list[Math.min(index, list.length - 1)];
    const call = async (_: string, where: string) => {
      if (where.includes("/members")) return { members: nth(members, asked++) };
      const id = where.split("/")[2] ?? "";
      const addresses = { net: [{ addr: `10.0.0.${id.length}` }] };
      return { server: { name: `store-${id}`, status: "ACTIVE", addresses } };
    };
    return { call, post: async () => ({ output: nth(consoles, looks++) }) };
  }
  const told: string[] = [];
  const handover = (api: ReturnType<typeof cloud>, more: Partial<HandoverArgs> = {}) => {
    const args = { api: async () => api, existing: new Set(["other"]), seconds: 1, discovery: 0, pause: 0.02 };
    told.length = 0;
    return new Handover({ ...args, progress: (line) => told.push(line), ...more });
  };

  it("are none where all stood before, and then nobody is asked", async () => {
    await handover(cloud([FAILED], [[]])).complete(["other"], ["pool"]);
    assert.deepEqual(told, []);
  });

  it("come in when they say that they are ready, once asked however many wait", async () => {
    const one = handover(cloud([BOOTING, READY, FAILED], [[]]));
    await Promise.all([one.ready("new"), one.ready("new")]);
    await one.ready("new");
    assert.deepEqual(told, [
      "the old servers serve until the new ones do: store-new: booting for 3 s, at: installing the base packages",
    ]);
  });

  it("have taken over when the balancer sends somebody there", async () => {
    const pools = [
      [member("10.0.0.3", "OFFLINE"), member("10.0.0.99", "ERROR")],
      [NEW, member("10.0.0.99", "ERROR")],
    ];
    await handover(cloud([READY], pools)).complete(["new", "other"], ["pool"]);
    assert.deepEqual(told, ["the old servers serve until the new ones do: the balancer sends nobody to 10.0.0.3 yet"]);
  });

  it("end the up when one failed, or when they are late, and the old ones go on", async () => {
    const failed = /the old servers go on serving, since a new one failed to boot\n.*store-new: FAILED after 30 s/;
    await assert.rejects(handover(cloud([FAILED], [[]])).ready("new"), failed);
    await assert.rejects(
      handover(cloud([BOOTING], [[]]), { seconds: 0.1 }).ready("new"),
      /does not serve after 0\.1 s/,
    );
  });

  it("have time to be found by a balancer without pools", async () => {
    const begun = Date.now();
    await handover(cloud([READY], [[]]), { discovery: 0.2 }).complete(["new"], []);
    // Timers may be a millisecond early.
    assert.ok(Date.now() - begun >= 195);
  });
});
