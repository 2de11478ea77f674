/**
 * `npm run toolchain:official-check` runs it, on a machine that reaches Pulumi's downloads: a store on the lab in the hands of
 * both toolchains.
 */
import assert from "node:assert/strict";
import { handedOver } from "../../toolchain/official-check/handed-over";
import { builtWay, officialWay, type Way } from "../../toolchain/official-check/ways";
import { openLab, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";

const MORE = { "ecommerce:web": { ...SMALLEST.web, count: 3 } };

describe("a store on the lab, by the official toolchain and by the built one", function () {
  this.timeout("15m");
  let lab: TestLab;
  let built: Way;
  const official = officialWay();

  const by = (way: Way, config?: Readonly<Record<string, unknown>>) => () => lab.open("first", config, way.env);

  before(async () => {
    lab = await openLab();
    built = await builtWay();
  });

  it("made by the official one, the built one finds nothing to do and the same state", async () => {
    await (await by(official)()).up();
    assert.deepEqual(await handedOver(by(official), by(built)), []);
  });

  it("changed by the built one, the official one finds nothing to do and the same state", async () => {
    const { summary } = await (await by(built, MORE)()).up();
    const { same: _, ...changed } = summary.resourceChanges ?? {};
    assert.deepEqual(changed, { create: 4 });
    assert.deepEqual(await handedOver(by(built, MORE), by(official, MORE)), []);
  });

  it("the official one leaves nothing behind", async () => {
    await (await by(official, MORE)()).destroy({ remove: true });
    assert.deepEqual(await lab.member.everything(), {});
  });
});
