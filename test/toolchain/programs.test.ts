import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { ensureToolchain } from "../../toolchain/ensure";
import { DOUBLED } from "../../toolchain/official-check/program";
import { ROOT } from "../../toolchain/paths";
import { failure } from "../support/lab";

const TSX = { typescript: false, nodeargs: "--import tsx" };

/** A program that needs no cloud: a password, a dynamic resource, and its own options to show. */
const PROGRAM = `
${DOUBLED}
const config = new pulumi.Config();
const args = { length: config.requireNumber("length"), minNumeric: 2, keepers: { round: config.get("round") ?? "1" } };
const password = new random.RandomPassword("password", args);
export const secret = password.result;
export const doubled = new Doubled("doubled", 21).doubled;
export const loader = process.execArgv.join(" ");
`;

const POLICY = `
const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("test", {
  policies: [{
    name: "long-passwords",
    description: "short passwords are guessed",
    enforcementLevel: "mandatory",
    validateResource(args, report) {
      if (args.type === "random:index/randomPassword:RandomPassword" && args.props.length < 12) report("only " + args.props.length);
    },
  }],
});
`;

describe("pulumi, whichever way it was made available", function () {
  this.timeout("3m");
  let folder: string;
  let env: Record<string, string>;
  let stack: Stack;

  async function program(options?: object): Promise<void> {
    const runtime = options ? { name: "nodejs", options } : "nodejs";
    await writeFile(path.join(folder, "Pulumi.yaml"), stringify({ name: "tool", runtime }));
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-toolchain-"));
    env = {
      ...(await ensureToolchain()),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "for this test only",
    };
    Object.assign(process.env, env);
    await program(TSX);
    await writeFile(path.join(folder, "index.ts"), PROGRAM);
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "tool", main: "index.ts" }));
    const compilerOptions = { target: "es2022", module: "commonjs", moduleResolution: "node10", skipLibCheck: true };
    await writeFile(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, ignoreDeprecations: "6.0" } }),
    );
    await symlink(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
    stack = await LocalWorkspace.createOrSelectStack({ stackName: "one", workDir: folder }, { envVars: env });
    await stack.setConfig("length", { value: "16" });
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it("up: plugins, dynamic providers and secret outputs work, runtime.options are honoured", async () => {
    const { outputs } = await stack.up();
    assert.equal(outputs.doubled?.value, 42);
    assert.match(outputs.loader?.value, /--import tsx/);
    assert.equal(outputs.secret?.secret, true);
    assert.match(outputs.secret?.value, /^.{16}$/);
    const state = await readFile(path.join(folder, ".pulumi/stacks/tool/one.json"), "utf8");
    assert.ok(!state.includes(outputs.secret?.value));
  });

  it("preview and refresh find nothing to do", async () => {
    assert.deepEqual(Object.keys((await stack.preview()).changeSummary), ["same"]);
    assert.deepEqual(Object.keys((await stack.refresh()).summary.resourceChanges ?? {}), ["same"]);
  });

  it("a keeper replaces the password, and nothing else", async () => {
    const before = (await stack.outputs()).secret?.value;
    await stack.setConfig("round", { value: "2" });
    const { outputs, summary } = await stack.up();
    assert.notEqual(outputs.secret?.value, before);
    assert.equal(summary.resourceChanges?.replace, 1);
  });

  it("the built-in TypeScript works as well", async () => {
    await program();
    try {
      const { changeSummary } = await stack.preview();
      // The dynamic provider's code is compiled differently, and so is updated; the rest is the same.
      assert.deepEqual(Object.keys(changeSummary).sort(), ["same", "update"]);
    } finally {
      await program(TSX);
    }
  });

  it("a mandatory policy stops a preview, with its message", async () => {
    const pack = path.join(folder, "pack");
    await cp(path.join(ROOT, "LICENSE"), path.join(pack, "LICENSE"));
    await writeFile(
      path.join(pack, "PulumiPolicy.yaml"),
      stringify({ runtime: { name: "nodejs", options: { typescript: false } } }),
    );
    await writeFile(
      path.join(pack, "package.json"),
      JSON.stringify({ name: "pack", version: "1.0.0", main: "index.js" }),
    );
    await writeFile(path.join(pack, "index.js"), POLICY);
    await symlink(path.join(ROOT, "node_modules"), path.join(pack, "node_modules"));
    await stack.preview({ policyPacks: [pack] });
    await stack.setConfig("length", { value: "8" });
    const text = await failure((onOutput) => stack.preview({ policyPacks: [pack], onOutput }));
    assert.match(text, /long-passwords[\s\S]*only 8/);
    await stack.setConfig("length", { value: "16" });
  });

  it("a mistake in a random resource is an error that names the property", async () => {
    await stack.setConfig("length", { value: "1" });
    const text = await failure((onOutput) => stack.preview({ onOutput }));
    assert.match(text, /length.*must be at least the sum of the minimum counts, which is 2/s);
    await stack.setConfig("length", { value: "16" });
  });

  it("import takes an existing password into the state", async () => {
    const type = "random:index/randomPassword:RandomPassword";
    await stack.import({
      resources: [{ type, name: "old", id: "correct horse" }],
      protect: false,
      generateCode: false,
    });
    const state = await stack.exportStack();
    const imported = state.deployment.resources.find(({ urn }: { urn: string }) => urn.endsWith("::old"));
    assert.equal(imported.outputs.length, 13);
  });

  it("destroy leaves an empty stack", async () => {
    await stack.destroy({ remove: true });
    assert.deepEqual(await stack.workspace.listStacks(), []);
  });
});
