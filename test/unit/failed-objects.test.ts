import assert from "node:assert/strict";
import { removeFailedBalancers } from "../../commands/repair/failed-balancers";
import { failedVolumes } from "../../commands/repair/failed-volumes";
import { exportedState } from "../../commands/repair/state";
import { ApiError } from "../../components/cloud/api";
import { failedBalancers, refuseFailedBalancers } from "../../components/cloud/failed-balancers";
import { Naming } from "../../components/core/naming";

const NAMING = new Naming("ecommerce", "dev");
const STATE = exportedState.parse({
  deployment: { resources: ["known", "own-subnet"].map((id) => ({ urn: `urn:${id}`, id })) },
});

describe("what the cloud could not make", () => {
  it("is deleted where it is a balancer of this stack that never had shoppers, and nothing else is", async () => {
    const empty = {
      name: "ecommerce-dev-web",
      provisioning_status: "ERROR",
      tags: NAMING.tags("web"),
      vip_subnet_id: "own-subnet",
      listeners: [],
      pools: [],
    };
    const failed = { ...empty, listeners: [{ id: "listener" }] };
    const balancers = new Map<string, object>([
      ["known", { id: "known", ...failed }],
      ["forgotten", { id: "forgotten", ...empty }],
      ["has served", { id: "has served", ...failed }],
      ["has members", { id: "has members", ...empty, pools: [{ id: "pool" }] }],
      ["a colleague's", { id: "a colleague's", ...empty, vip_subnet_id: "his-subnet" }],
      ["serving", { id: "serving", ...failed, provisioning_status: "ACTIVE" }],
      ["another's", { id: "another's", ...failed, tags: ["ecommerce", "ecommerce-prod"] }],
    ]);
    const asked: string[] = [];
    const cloud = {
      call: async (_: string, path: string, method = "GET") => {
        asked.push(`${method} ${path}`);
        const [id = "", query = ""] = path.replace(/^.*loadbalancers\/?/, "").split("?");
        if (id === "") return { loadbalancers: [...balancers.values()] };
        if (!balancers.has(id)) throw new ApiError("gone", 404);
        if (method === "DELETE" && query === "cascade=true") balancers.delete(id);
        return {};
      },
    };
    const remove = async () => removeFailedBalancers(cloud, STATE, await failedBalancers(cloud, "p", NAMING.prefix));
    assert.equal(await remove(), false);
    const left = ["has served", "has members", "a colleague's", "serving", "another's"];
    assert.deepEqual([...balancers.keys()], ["known", ...left]);
    assert.deepEqual(asked, [
      "GET /v2/lbaas/loadbalancers?project_id=p&provisioning_status=ERROR",
      "DELETE /v2/lbaas/loadbalancers/forgotten?cascade=true",
      "GET /v2/lbaas/loadbalancers/forgotten",
    ]);
    // The newest provider keeps the id of one that Octavia could not make.
    balancers.set("known", { id: "known", ...empty });
    assert.equal(await remove(), true, "the state is to be refreshed");
    assert.deepEqual([...balancers.keys()], left);
  });

  it("stops an up where it is a balancer, with the ways out, since Octavia takes no change of it", async () => {
    const balancer = { id: "b", name: "ecommerce-dev-web", provisioning_status: "ERROR", tags: NAMING.tags("web") };
    const having = (changes: object) => ({ call: async () => ({ loadbalancers: [{ ...balancer, ...changes }] }) });
    await refuseFailedBalancers(having({ provisioning_status: "ACTIVE" }), "p", NAMING.prefix);
    await refuseFailedBalancers(having({ tags: [] }), "p", NAMING.prefix);
    await assert.rejects(
      refuseFailedBalancers(having({}), "p", NAMING.prefix),
      /in ERROR; nothing was created or changed:\n {2}ecommerce-dev-web \(b\)\n.*npm run repair/,
    );
  });

  it("is only named where it is a volume, for there may be data on it", async () => {
    const metadata = { project: "ecommerce", stack: "dev" };
    const asked: string[] = [];
    const cloud = {
      call: async (service: string, path: string, method = "GET") => {
        asked.push(`${method} ${service}${path}`);
        return {
          volumes: [
            { id: "known", name: "ecommerce-dev-db-data", metadata },
            { id: "forgotten", name: "ecommerce-dev-db-data", metadata: { ...metadata, tier: "db" } },
            { id: "another's", name: "ecommerce-prod-db-data", metadata: { ...metadata, stack: "prod" } },
            { id: "nobody's", name: null },
          ],
        };
      },
    };
    assert.deepEqual(await failedVolumes(cloud, STATE, NAMING), [
      "volume ecommerce-dev-db-data is in error and in no state; if it was never in use: openstack volume delete forgotten",
    ]);
    assert.deepEqual(asked, ["GET block-storage/volumes/detail?status=error"]);
  });
});
