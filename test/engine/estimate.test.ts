import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { CloudView } from "../../commands/doctor/cloud-view";
import { estimate, hourly, monthly } from "../../commands/estimate/estimate";
import { signIn } from "../../commands/stack/sign-in";
import { PROJECT } from "../../commands/stack/stack-file";
import { validate } from "../../components/config/validate";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { openLab, type TestLab } from "../support/lab";
import { packConfigFile, violations } from "../support/violations";

const rangeSchema = z.object({ least: z.number(), most: z.number() });
const billSchema = z.object({ currency: z.string(), hourly: rangeSchema, monthly: rangeSchema, ceiling: z.number() });

describe("the estimate", function () {
  this.timeout("5m");
  let lab: TestLab;

  before(async () => {
    lab = await openLab();
    Object.assign(process.env, lab.env);
  });

  const command = (...args: string[]) =>
    run(path.join(ROOT, "toolchain/enter.sh"), ["tsx", "commands/estimate/cli.ts", ...args], {
      env: lab.env,
      reject: false,
    });

  it("estimates the stack files that come with the program, with the cloud's own flavors", async () => {
    const dev = await command("dev");
    assert.equal(dev.exitCode, 0, dev.stderr);
    // 5 servers of 1 vCPU and 2 GiB, 2 balancers, an address, 10 GiB.
    assert.match(dev.stdout, /^total +0\.1446 +105\.56$/m);
    const prod = await command("prod", "--json");
    assert.equal(prod.exitCode, 0, prod.stderr);
    const bill = billSchema.parse(JSON.parse(prod.stdout));
    assert.equal(bill.monthly.least.toFixed(2), "219.00");
    assert.equal(bill.monthly.most.toFixed(2), "297.84");
    assert.equal(bill.ceiling, 500);
  });

  it("says in one message why the cloud lets nobody in", async () => {
    const { exitCode, stderr } = await run(path.join(ROOT, "toolchain/enter.sh"), ["tsx", "commands/estimate/cli.ts"], {
      env: { ...lab.env, OS_CLOUD: "nowhere" },
      reject: false,
    });
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^cannot sign in to OpenStack: cloud nowhere does not exist[^\n]*\n {2}What to do: [^\n]*\n?$/,
    );
  });

  const ROOT_DISKS = {
    web: { rootDisk: { size: 20 } },
    app: { rootDisk: { size: 30 }, count: 3, scaling: { mode: "static" } },
    database: { rootDisk: { size: 40, type: "lab-ssd" } },
    prices: { volume: { default: 0.0001, "lab-ssd": 0.0003 } },
  };
  const HAPROXY = {
    balancing: { driver: "haproxy", servers: { image: "debian-12", flavor: "m1.medium", rootDisk: { size: 10 } } },
  };
  const VARIANTS: Readonly<Record<string, readonly [string, Readonly<Record<string, object>>]>> = {
    dev: ["dev", {}],
    prod: ["prod", {}],
    "prod with boot volumes, and a static tier": ["prod", ROOT_DISKS],
    "dev behind HAProxy": ["dev", HAPROXY],
  };
  for (const [variant, [stack, changes]] of Object.entries(VARIANTS)) {
    it(`is what the ceiling's rule finds in the first preview of ${variant}`, async () => {
      const file = parse(await readFile(path.join(ROOT, `Pulumi.${stack}.yaml`), "utf8"));
      const changed = Object.entries(changes).map(([key, values]) => {
        const name = `${PROJECT}:${key}`;
        return [name, { ...file.config[name], ...values }] as const;
      });
      const config = { ...file.config, ...Object.fromEntries(changed) };
      const own = Object.entries(config).map(([key, value]) => [key.replace(`${PROJECT}:`, ""), value] as const);
      const sound = validate(PROJECT, Object.fromEntries(own));
      assert.ok(sound.prices);
      const flavors = await new CloudView(await signIn({}, lab.env)).flavors();
      const most = monthly(hourly(estimate(sound, sound.prices, flavors))).most.toFixed(2);

      const opened = await lab.open("estimate", Object.fromEntries(changed), {}, `Pulumi.${stack}.yaml`);
      const judged = (ceiling: number) =>
        packConfigFile({
          all: { enforcementLevel: "disabled" },
          "whole-within-ceiling": { enforcementLevel: "mandatory", ceiling },
        });
      const above = await violations((opts) => opened.preview(opts), await judged(Number(most) - 0.02));
      assert.deepEqual(
        // After the rule's own description.
        above.found.map(({ message }) => /^the store .*(?=, and the ceiling is )/m.exec(message)?.[0]),
        [`the store costs up to ${most} EUR a month`],
      );
      assert.equal(above.failed, true);
      if (Object.keys(changes).length > 0) return;
      const below = await violations((opts) => opened.preview(opts), await judged(Number(most) + 0.02));
      assert.deepEqual(below, { found: [], failed: false });
    });
  }
});
