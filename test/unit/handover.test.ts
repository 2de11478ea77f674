import assert from "node:assert/strict";
import { cloudApi } from "../../components/cloud/api";
import { Handover, type HandoverArgs } from "../../components/readiness/handover";
import { BOOTING, FAILED, READY } from "../support/consoles";
import { type FakeEndpoint, fakeEndpoint, type Reply } from "../support/fake-endpoint";

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
    const existing = new Set(["other"]);
    const args = { api: async () => api, existing, seconds: 1, discovery: 0, pooled: true, pause: 0.02 };
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

describe("new servers whose console says nothing", () => {
  let endpoint: FakeEndpoint | undefined;
  afterEach(() => {
    endpoint?.close();
    endpoint = undefined;
  });
  const told: string[] = [];

  /**
   * @param console Nova's answer to who asks for the console
   * @param statuses what Octavia says of the server in turn, the last for ever; none: it is no member yet
   */
  async function handover(console: Reply, statuses: readonly (string | undefined)[], more: Partial<HandoverArgs> = {}) {
    let asked = 0;
    endpoint = await fakeEndpoint(["compute", "load-balancer"], ({ url = "", method }) => {
      if (method === "POST") return console;
      if (!url.includes("/members")) {
        const addresses = { net: [{ addr: "10.0.0.3" }] };
        return { body: JSON.stringify({ server: { name: "store-new", status: "ACTIVE", addresses } }) };
      }
      const status = statuses[Math.min(asked++, statuses.length - 1)];
      const members = status === undefined ? [] : [{ address: "10.0.0.3", operating_status: status }];
      return { body: JSON.stringify({ members }) };
    });
    const api = cloudApi(endpoint.session);
    told.length = 0;
    return new Handover({
      api: async () => api,
      existing: new Set(),
      seconds: 2,
      discovery: 0,
      pooled: true,
      consoles: 0.1,
      pause: 0.02,
      progress: (line) => told.push(line),
      ...more,
    });
  }
  const EMPTY = { body: JSON.stringify({ output: "" }) };

  for (const [what, console] of Object.entries({
    "403": { status: 403, body: "" },
    "404": { status: 404, body: "" },
    "409": { status: 409, body: "" },
    "501": { status: 501, body: "" },
    nothing: EMPTY,
    null: { body: JSON.stringify({ output: null }) },
  })) {
    it(`are ready when the balancer finds them so, where the console answers ${what}`, async () => {
      const one = await handover(console, [undefined, "OFFLINE", "ERROR", "ONLINE"]);
      await one.complete(["new"], ["pool"]);
      assert.match(told[0] ?? "", /the old servers serve|so the balancer has to find it ready/);
      assert.match(told.join("\n"), /store-new: its console (is empty|cannot be read \(HTTP \d+\)), so the balancer/);
      assert.match(told.at(-1) ?? "", /the balancer sends nobody to 10\.0\.0\.3 yet/);
    });
  }

  it("are not taken for mute while they may only have begun to boot", async () => {
    for (const console of [EMPTY, { status: 409, body: "" }]) {
      const one = await handover(console, ["ONLINE"], { consoles: 60, seconds: 0.2 });
      await assert.rejects(one.complete(["new"], ["pool"]), /a new one does not serve after 0\.2 s/);
      endpoint?.close();
    }
  });

  it("have time to be looked at: before its first look Octavia may call them ONLINE", async () => {
    const begun = Date.now();
    await (await handover({ status: 403, body: "" }, ["ONLINE"], { discovery: 0.3 })).complete(["new"], ["pool"]);
    assert.ok(Date.now() - begun >= 295);
  });

  it("end the up when the balancer never finds them, and the old ones go on", async () => {
    const one = await handover({ status: 403, body: "" }, ["ERROR"], { seconds: 0.3 });
    await assert.rejects(one.complete(["new"], ["pool"]), /the old servers go on serving.*\n.*nobody to 10\.0\.0\.3/);
  });

  it("are refused with the way out where nothing else tells: no pool of Octavia's, or one without a monitor", async () => {
    const way = /nothing tells whether a new one is ready[\s\S]*serial console[\s\S]*boot\.handover: 0/;
    const alone = await handover({ status: 403, body: "" }, [], { pooled: false });
    await assert.rejects(alone.ready("new"), way);
    endpoint?.close();
    const unwatched = await handover({ status: 403, body: "" }, ["NO_MONITOR"]);
    await assert.rejects(unwatched.complete(["new"], ["pool"]), way);
  });
});
