import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { ensureYamlHost } from "../../toolchain/ensure";
import { ROOT } from "../../toolchain/paths";
import { timed } from "../support/figures";
import { failure, openLab, type TestLab } from "../support/lab";

describe("the components as a package, for a program in YAML", function () {
  this.timeout("15m");
  let lab: TestLab;
  let folder: string;
  let stack: Stack;

  /** The example, in a folder that belongs to no checkout. */
  const program = async () =>
    (await readFile(path.join(ROOT, "examples/yaml/Pulumi.yaml"), "utf8")).replace("../..", ROOT);

  before(async () => {
    lab = await openLab();
    const env = { ...lab.env, ...(await ensureYamlHost()) };
    Object.assign(process.env, env);
    // Pulumi's copy of an earlier schema.
    await rm(path.join(ROOT, "components/schema-ecommerce.json"), { force: true });
    folder = path.join(lab.backend, "yaml");
    await mkdir(folder);
    await writeFile(path.join(folder, "Pulumi.yaml"), await program());
    stack = await LocalWorkspace.createOrSelectStack({ stackName: "yaml", workDir: folder }, { envVars: env });
  });

  it("previews a whole store of one resource", async () => {
    const { changeSummary } = await timed("preview of a store in YAML", () => stack.preview());
    assert.deepEqual(Object.keys(changeSummary), ["create"]);
    assert.ok((changeSummary.create ?? 0) > 80);
  });

  it("comes up with everything ACTIVE, and secrets stay secrets", async () => {
    const { outputs } = await timed("up of a store in YAML", () => stack.up());
    const [address] = await lab.member.list("floatingips");
    assert.equal(outputs.storefrontUrl?.value, `http://${address?.floating_ip_address}/`);
    assert.deepEqual(outputs.databaseEndpoint?.value, { host: "10.20.2.10", port: 3306 });
    assert.equal(outputs.databasePasswords?.secret, true);
    const servers = await lab.member.list("servers");
    assert.deepEqual(servers.map(({ name, status }) => `${name} ${status}`).sort(), [
      "shop-yaml-app-1 ACTIVE",
      "shop-yaml-app-2 ACTIVE",
      "shop-yaml-db-1 ACTIVE",
      "shop-yaml-web-1 ACTIVE",
      "shop-yaml-web-2 ACTIVE",
    ]);
    const state = await readFile(path.join(lab.backend, ".pulumi/stacks/shop/yaml.json"), "utf8");
    assert.ok(!state.includes(outputs.databasePasswords?.value.opencart));
  });

  it("finds nothing to do afterwards", async () => {
    assert.deepEqual(Object.keys((await stack.preview()).changeSummary), ["same"]);
  });

  it("names every mistake at once, as a stack file's", async () => {
    const wrong = (await program()).replace("size: 10", "size: 0").replace("web: { image", "web: { count: 200, image");
    await writeFile(path.join(folder, "Pulumi.yaml"), wrong);
    const text = await failure((onOutput) => stack.preview({ onOutput }));
    assert.match(text, /store:web\.count is 200; it must be a whole number from 1 to 100/);
    assert.match(text, /store:database\.volume\.size is 0; it must be a whole number from 1 to 16384/);
    const unknown = (await program()).replace("flavor: m1.small", "flavour: m1.small");
    await writeFile(path.join(folder, "Pulumi.yaml"), unknown);
    assert.match(await failure((onOutput) => stack.preview({ onOutput })), /flavour/);
    await writeFile(path.join(folder, "Pulumi.yaml"), await program());
  });
});
