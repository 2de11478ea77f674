import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

describe("commands on a stack of one's own", function () {
  this.timeout("1m");
  let backend: string;

  before(async () => {
    backend = await mkdtemp(path.join(tmpdir(), "ecommerce-backend-"));
  });

  after(() => rm(backend, { recursive: true, force: true }));

  for (const [command, ...args] of [["repair"], ["dependents"], ["snapshot"], ["restore", "--list"]]) {
    it(`${command}: says in one line that there is no such stack`, async () => {
      const cli = path.join(ROOT, `commands/${command}/cli.ts`);
      const env = { PULUMI_BACKEND_URL: `file://${backend}`, PULUMI_CONFIG_PASSPHRASE: "of a test" };
      const { exitCode, stderr } = await run("tsx", [cli, "absent", ...args], { reject: false, env, stderr: "pipe" });
      assert.equal(exitCode, 1);
      assert.equal(stderr.trim(), "cannot open stack absent: no stack named 'absent' found");
    });
  }
});
