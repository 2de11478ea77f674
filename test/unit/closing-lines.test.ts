import assert from "node:assert/strict";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { closingLines } from "../../commands/store/closing-lines";

const outputs = (values: Readonly<Record<string, unknown>>): OutputMap =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, secret: false }]));
const STORE = { name: "ecommerce-dev", storefrontUrl: "http://198.51.100.10/" };
const SERVERS = { web: ["a", "b"], app: ["c", "d"], db: ["e"] };
const first = (values: Readonly<Record<string, unknown>>) =>
  closingLines({ stackName: "dev", outputs: outputs({ ...STORE, ...values }), boots: true })[0];

describe("what `npm run up` says at its end", () => {
  it("counts the servers of all groups", () => {
    assert.equal(first({ serverIds: SERVERS }), "Store ecommerce-dev: 5 servers");
  });

  it("counts those that HAProxy runs on too", () => {
    const balancerServerIds = { web: ["f", "g"], app: ["f", "g"] };
    assert.equal(first({ serverIds: SERVERS, balancerServerIds }), "Store ecommerce-dev: 7 servers");
  });

  it("says that Heat may add some", () => {
    const scaling = { web: { alarms: {} }, app: undefined };
    assert.match(
      first({ serverIds: SERVERS, scaling }) ?? "",
      /^Store ecommerce-dev: 5 servers, and those that Heat adds$/,
    );
  });
});
