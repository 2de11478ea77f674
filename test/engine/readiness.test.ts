import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { failure, openLab, type TestLab } from "../support/lab";
import { ONE_EACH } from "../support/stack-files";

const WAIT = 15;

/** On servers that are books of Nova's, and so never serve: what `up` says then, and that it says it in time. */
describe("waiting for a store that does not sell", function () {
  this.timeout("10m");
  let lab: TestLab;
  let stack: Stack;

  const open = (wait: number) =>
    lab.open("ready", {
      ...ONE_EACH,
      "ecommerce:boot": { wait },
    });

  before(async () => {
    lab = await openLab();
    stack = await open(WAIT);
  });

  it("fails the up when the time is over, with one error that names every server", async () => {
    const text = await failure((onOutput) => stack.up({ onOutput }));
    assert.match(text, new RegExp(`does not sell: it did not answer 200 within ${WAIT} s`));
    for (const server of ["web-1", "app-1", "db-1"]) {
      assert.match(text, new RegExp(`ecommerce-ready-${server}: nothing on its console yet`));
    }
    assert.match(text, /look at: openstack console log show [0-9a-f-]{36}/);
    assert.doesNotMatch(text, /unhandled exception|readiness\/wait/, "an error in words, without a stack trace");
  });

  it("has made everything by then, so that an up without the wait changes nothing and ends with the URL", async () => {
    stack = await open(0);
    const { summary, outputs } = await stack.up();
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
    assert.match(String(outputs.storefrontUrl?.value), /^http:\/\/[\d.]+\/$/);
  });

  it("does not wait in a preview", async () => {
    stack = await open(600);
    const begun = Date.now();
    await stack.preview();
    assert.ok(Date.now() - begun < 120_000);
  });
});
