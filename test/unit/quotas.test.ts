import assert from "node:assert/strict";
import { quotas } from "../../commands/doctor/checks/quotas";
import { CloudView } from "../../commands/doctor/cloud-view";
import { cloudApi } from "../../components/cloud/api";
import { crowds, membersOfServerGroup, rollovers } from "../../components/cloud/rollover-needs";
import { validate } from "../../components/config/validate";
import { fakeEndpoint } from "../support/fake-endpoint";
import { SMALLEST } from "../support/stack-files";

const config = (web: object, app: object = {}) =>
  validate("ecommerce", { ...SMALLEST, web: { ...SMALLEST.web, ...web }, app: { ...SMALLEST.app, ...app } });
const auto = (max: number, rollout: object = {}) => ({ scaling: { mode: "auto", min: 2, max, rollout } });
const texts = (all: readonly { readonly key: string; readonly text: string }[]) =>
  all.map(({ key, text }) => `${key}: ${text}`);

describe("room for servers and their replacements", () => {
  it("is twice a static tier, and a batch more than an elastic one", () => {
    const all = (web: object) => rollovers(config(web, { count: 3 })).map(({ servers }) => servers);
    assert.deepEqual(all({ count: 4 }), [4, 3]);
    assert.deepEqual(all(auto(5)), [1, 3]);
    assert.deepEqual(all(auto(5, { batch: 9 })), [5, 3]);
    // Five serve on while two are replaced: Heat makes two more for the time of the rollout, and then replaces two beside them.
    assert.deepEqual(all(auto(5, { batch: 2, minInService: 5 })), [4, 3]);
  });

  it("may be too little in a server group, which is said with a way through", () => {
    const said = (web: object, members: number) => texts(crowds(config(web), members));
    assert.deepEqual(said({ count: 5 }, 10), []);
    assert.deepEqual(said({ count: 50 }, -1), []);
    assert.deepEqual(said({ count: 6 }, 10), [
      "web: replacing all 6 servers takes 12 members of a server group at once, and Nova's quota is 10: for the up that replaces them set web.count to 4, and back to 6 in the next one, or ask for 12 server_group_members",
    ]);
    assert.match(
      said({ count: 9 }, 10)[0] ?? "",
      /before the up that replaces them set web\.count to 5, and back to 9/,
    );
    assert.deepEqual(said(auto(9), 10), []);
    assert.match(said(auto(9, { batch: 3 }), 10)[0] ?? "", /set web\.scaling\.rollout\.batch to 1, or ask for 12/);
    assert.match(
      said(auto(10), 10)[0] ?? "",
      /set web\.scaling\.max to 9, rollout\.batch to 1 and rollout\.minInService to 1, or ask for 11/,
    );
    // That the servers do not fit alone is another message.
    assert.deepEqual(said({ count: 11 }, 10), []);
  });

  it("follows each way through with room", () => {
    for (let members = 4; members <= 12; members++) {
      for (let count = 2; count <= members; count++) {
        const [crowd] = crowds(config({ count }), members);
        if (!crowd) continue;
        const during = Number(/web\.count to (\d+)/.exec(crowd.text)?.[1]);
        assert.ok(during >= 2, crowd.text);
        const standing = crowd.text.includes("before the up") ? during : count;
        assert.ok(standing + during <= members, crowd.text);
      }
      for (let batch = 1; batch <= 6; batch++) {
        for (const minInService of [1, members - 1]) {
          for (const most of [members - 1, members]) {
            const text = crowds(config(auto(most, { batch, minInService })), members)[0]?.text ?? "";
            const told = (key: string, otherwise: number) =>
              Number(RegExp(`${key} to (\\d+)`).exec(text)?.[1] ?? otherwise);
            const rollout = {
              batch: told("rollout\\.batch", batch),
              minInService: told("rollout\\.minInService", minInService),
            };
            assert.deepEqual(crowds(config(auto(told("scaling\\.max", most), rollout)), members), [], text);
          }
        }
      }
    }
  });

  it("is read from Nova's limits, where it has any", async () => {
    const ask = async (body: object, status = 200) => {
      const { session, close } = await fakeEndpoint("compute", () => ({ status, body: JSON.stringify(body) }));
      const members = await membersOfServerGroup(cloudApi(session));
      close();
      return members;
    };
    assert.equal(await ask({ limits: { absolute: { maxServerGroupMembers: 10 } } }), 10);
    // As since microversion 2.57 for other limits, and from a Nova that refuses.
    assert.equal(await ask({ limits: { absolute: {} } }), -1);
    assert.equal(await ask({}, 403), -1);
  });

  it("is told step by step: first the store at its largest, then its replacement", async () => {
    const look = async (limits: object, ports: number, stands = false) => {
      const none = async () => [];
      const cloud: CloudView = Object.assign(Object.create(CloudView.prototype), {
        has: (service: string) => stands && service === "load-balancer",
        balancers: async () => [{ name: "ecommerce-dev-web" }],
        flavors: none,
        subnets: none,
        computeLimits: async () => limits,
        volumeLimits: async () => ({}),
        networkQuota: async () => ({ port: { limit: ports, used: 0 } }),
      });
      const found = await quotas(cloud, config({ count: 4 }, { count: 2 }), "ecommerce-dev");
      return found.map(({ state, key, text }) => `${state} ${key}: ${text.split(",").slice(0, 2)}`);
    };
    const few = { maxTotalInstances: 12, totalInstancesUsed: 0 };
    assert.deepEqual(await look(few, 25), [
      "fine quota: room for the store at its largest: 7 servers",
      "unknown quota: servers: 13 needed, 12 free of 12",
      "unknown quota: ports: 29 needed, 25 free of 25",
    ]);
    assert.deepEqual(await look({ ...few, maxTotalInstances: 6 }, 22), [
      "wrong quota: servers: 7 needed, 6 free of 6",
      "wrong quota: ports: 23 needed, 22 free of 22",
    ]);
    assert.deepEqual(await look({ ...few, totalInstancesUsed: 7, maxServerGroupMembers: 6 }, 6, true), [
      "fine quota: room for all that the existing store may grow by: 0 servers",
      "unknown quota: servers: 6 needed, 5 free of 12",
      "unknown web: replacing all 4 servers takes 8 members of a server group at once, and Nova's quota is 6: for the up that replaces them set web.count to 2",
    ]);
    assert.deepEqual(await look({ maxServerGroupMembers: 3 }, -1, true), [
      "wrong web: 4 servers, but a server group takes 3 at most",
      "unknown app: replacing all 2 servers takes 4 members of a server group at once, and Nova's quota is 3: before the up that replaces them set app.count to 1",
    ]);
  });
});
