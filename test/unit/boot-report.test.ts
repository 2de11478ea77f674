import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { bootReport } from "../../components/readiness/boot-report";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { BOOTING, FAILED, READY } from "../support/consoles";

describe("a server's report on its console", () => {
  it("is silent before user data runs, whatever else is written there", () => {
    assert.equal(bootReport("Linux version 6.1\n[ OK ] ecommerce is ready\n").state, "silent");
  });

  it("names the last step and its second", () => {
    const report = bootReport(`boot\n${BOOTING}`);
    assert.deepEqual([report.state, report.step, report.seconds], ["booting", "installing the base packages", 3]);
  });

  it("is ready, or failed with what it said last", () => {
    assert.deepEqual([bootReport(READY).state, bootReport(READY).seconds], ["ready", 41]);
    const { state, step, reason } = bootReport(
      "ecommerce: [1 s] a step\necommerce: [2 s] why\necommerce: [2 s] db FAILED while a step",
    );
    assert.deepEqual([state, step, reason], ["failed", "a step", "why"]);
  });

  it("is not set back by cloud-init, which repeats every line a moment later", () => {
    const late = "[4.1] cloud-init[9]: ecommerce: [40 s] starting Apache\n";
    assert.equal(bootReport(READY + late).state, "ready");
  });

  it("is read as the servers' own script writes it", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-report-"));
    const said = async (commands: string) => {
      const sourced = "role=services phase=boot; . components/cloud-init/scripts/common.sh";
      const script = `set -eu; ${sourced}; STATE=${folder}; LOG=${folder}/log; ${commands}`;
      const { stdout } = await run("bash", ["-c", script], { cwd: ROOT });
      const { state, step, reason } = bootReport(stdout);
      return [state, step, reason];
    };
    try {
      assert.deepEqual(await said('step "fetching the shop" true'), ["booting", "fetching the shop", ""]);
      assert.deepEqual(await said('step "a step" true; report ready'), ["ready", "a step", ""]);
      const failing = "trap 'report failed' EXIT; step \"a step\" true; (fail why) || true";
      assert.deepEqual(await said(failing), ["failed", "a step", "why"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is of the latest boot", () => {
    assert.equal(bootReport(`${FAILED}ecommerce: [0 s] installing the packet filter`).state, "booting");
  });
});
