import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { eventually } from "../support/eventually";

/** A language host that runs a program which never ends by itself, and says which process that is. */
const HOST = `
import { endWithEngine, node } from ${JSON.stringify(path.join(ROOT, "toolchain/language-host/processes"))};
endWithEngine();
const program = node(["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore", detached: true });
console.log([process.pid, program.pid].join(" "));
setInterval(() => {}, 1000);
`;

/** Starts the host in a process group of its own, as the engine does. */
const ENGINE = `
const { spawn } = require("node:child_process");
spawn(process.execPath, ["--import", "tsx", "-e", ${JSON.stringify(HOST)}], { stdio: "inherit", detached: true });
setInterval(() => {}, 1000);
`;

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("the language host", function () {
  this.timeout("20s");

  it("ends with the engine that started it, and so does the program, even when the engine is killed", async () => {
    const engine = spawn(process.execPath, ["-e", ENGINE], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    const printed = await new Promise<string>((resolve) => engine.stdout.once("data", (data) => resolve(String(data))));
    const started = printed.trim().split(" ").map(Number);
    assert.equal(started.length, 2);
    assert.deepEqual(started.map(runs), [true, true]);
    engine.kill("SIGKILL");
    await eventually(
      async () => started.some(runs),
      (left) => !left,
      10,
    );
  });
});
