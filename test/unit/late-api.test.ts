import assert from "node:assert/strict";
import { type ApiError, type CloudApi, lateApi } from "../../components/cloud/api";
import { fakeEndpoint } from "../support/fake-endpoint";
import { Recorder, record } from "../support/recorder";

const SCOPE = "openstack:identity/getAuthScope:getAuthScope";
const REQUEST = "openstack:compute/getAvailabilityZones:getAvailabilityZones";

/** What a run asks of the provider and of Nova, where the provider signs in anew only for requests of its own. */
async function run(whatHappens: (api: () => Promise<CloudApi>, expire: () => void) => Promise<void>, renews = true) {
  let valid = "token-1";
  let providers = valid;
  const asked: string[] = [];
  const nova = await fakeEndpoint("compute", ({ method, headers }) => {
    const token = String(headers["x-auth-token"]);
    asked.push(`${method} ${token}`);
    return token === valid ? { body: '{"servers": []}' } : { status: 401, body: "" };
  });
  const recorder = new Recorder();
  recorder.answers[SCOPE] = () => {
    asked.push("scope");
    return { ...nova.scope, tokenId: providers };
  };
  recorder.answers[REQUEST] = () => {
    asked.push("request by the provider");
    if (!renews) throw new Error("Keystone is away");
    providers = valid;
    return { names: [] };
  };
  try {
    await record(() => undefined, recorder);
    await whatHappens(lateApi({}), () => {
      valid = "token-2";
    });
  } finally {
    nova.close();
  }
  return asked;
}

describe("the API for what happens late in a run", () => {
  it("asks the provider for its token once, and only when it is needed", async () => {
    assert.deepEqual(await run(async () => undefined), []);
    const asked = await run(async (api) => {
      for (const one of [await api(), await api()]) await one.call("compute", "/servers");
    });
    assert.deepEqual(asked, ["scope", "GET token-1", "GET token-1"]);
  });

  it("has the provider renew a token that is past its end, once for all requests beside each other", async () => {
    const asked = await run(async (api, expire) => {
      const { call, post } = await api();
      expire();
      await Promise.all([call("compute", "/servers"), post("compute", "/servers/1/action", { reboot: {} })]);
      await call("compute", "/servers");
    });
    assert.deepEqual(asked.toSorted(), [
      "GET token-1",
      "GET token-2",
      "GET token-2",
      "POST token-1",
      "POST token-2",
      "request by the provider",
      "scope",
      "scope",
    ]);
  });

  it("tells that a request is refused where there is no new token, and tries again at the next request", async () => {
    const tries = ["GET token-1", "request by the provider", "GET token-1"];
    const asked = await run(async (api, expire) => {
      const { call } = await api();
      expire();
      for (const _ of [1, 2]) {
        await assert.rejects(call("compute", "/servers"), ({ status }: ApiError) => status === 401);
      }
    }, false);
    assert.deepEqual(asked, ["scope", ...tries, ...tries]);
  });
});
