import assert from "node:assert/strict";
import path from "node:path";
import { z } from "zod";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { labPython } from "../support/lab-python";

const livesSchema = z.array(
  z.object({
    file: z.string(),
    pools: z.array(z.string()),
    turns: z.array(z.enum(["a", "b"])),
    steps: z.array(z.array(z.string())),
  }),
);

/** What an older template's member has for a server. */
const OLDER: Readonly<Record<string, string>> = { "member-https.yaml": "member" };

describe("Heat's own engine, when the turn of a member changes", function () {
  this.timeout("2m");
  let lives: z.output<typeof livesSchema>;

  before(async function () {
    const python = await labPython();
    if (!python) {
      console.log("      skipped: the lab's packages are not installed; npm run lab -- up installs them");
      this.skip();
    }
    const templates = path.join(ROOT, "components/scaling/heat");
    const etc = path.join(path.dirname(python), "../etc/heat");
    const { stdout } = await run(python, [path.join(ROOT, "test/engine/turns.py"), templates, etc]);
    lives = livesSchema.parse(JSON.parse(stdout));
    assert.equal(lives.length, 6);
  });

  it("makes the new server, waits, puts it into every pool, and only then takes out and deletes the old one", () => {
    for (const { file, pools, turns, steps } of lives) {
      const [, ...updates] = steps;
      let standing = file === "in-turn.yaml" ? "a" : (OLDER[file] ?? "server");
      assert.equal(updates.length, turns.length);
      for (const [number, turn] of turns.entries()) {
        const said = updates[number] ?? [];
        const all = `${file} [${pools}]: ${said.join(", ")}`;
        const at = (event: string) => {
          const found = said.indexOf(event);
          assert.ok(found >= 0, `no "${event}" in ${all}`);
          return found;
        };
        const gone = at(`delete ${standing}`);
        assert.ok(at(`create ${turn}`) < at(`wait booted_${turn}`), all);
        assert.ok(at(`wait booted_${turn}`) < gone, all);
        for (const pool of pools) {
          const membership = pool === "pool" ? "membership" : "https_membership";
          const joined = at(`create ${membership} at address of ${turn}`);
          assert.ok(at(`wait booted_${turn}`) < joined && joined < gone, all);
          const left = said.indexOf(`delete ${membership}`);
          // A member of older versions that end TLS has this one inside.
          assert.ok(left > joined || (left < 0 && standing === "member" && pool === "pool"), all);
          assert.ok(left < gone, all);
        }
        assert.ok(!said.some((event) => event.startsWith("detach")), all);
        standing = turn;
      }
    }
  });
});
