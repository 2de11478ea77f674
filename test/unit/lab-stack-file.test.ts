import assert from "node:assert/strict";
import { mkdir, mkdtemp, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { copyOf, refuseWrongCopy } from "../../components/config/copied";
import { STACK_FILE_VARIABLE, showStackFiles, withStackFile, workspaceOf } from "../../lab/stack-file";

describe("the lab's stack files", () => {
  let folder: string;
  let env: Record<string, string>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-stack-files-"));
    env = { LAB_HOME: path.join(folder, "lab"), LAB_PROFILE: "api" };
    await mkdir(workspaceOf(env), { recursive: true });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const has = (stack: string) => writeFile(path.join(workspaceOf(env), `Pulumi.${stack}.yaml`), "config: {}\n");

  it("are read by plain pulumi once a store is up: the last one's, or the one that is named", async () => {
    assert.deepEqual(await withStackFile(env), env);
    await has("dev");
    await has("prod");
    await showStackFiles(env, "prod", folder);
    const file = (stack: string) => path.join(env.LAB_HOME ?? "", "pulumi-workspace", `Pulumi.${stack}.yaml`);
    assert.equal((await withStackFile(env))[STACK_FILE_VARIABLE], file("prod"));
    assert.equal((await withStackFile(env, "dev"))[STACK_FILE_VARIABLE], file("dev"));
    await assert.rejects(withStackFile(env, "other"), /no stack other in the lab of profile api; npm run up -- other/);
    await rm(file("prod"));
    assert.deepEqual(await withStackFile(env), env);
  });

  it("can be looked at from the checkout, whichever lab was last, and nothing of the user's is replaced", async () => {
    await showStackFiles(env, "dev", folder);
    const other = { ...env, LAB_HOME: path.join(folder, "other") };
    await mkdir(workspaceOf(other), { recursive: true });
    await showStackFiles(other, "dev", folder);
    assert.equal(await readlink(path.join(folder, ".lab")), workspaceOf(other));
    await rm(path.join(folder, ".lab"));
    await mkdir(path.join(folder, ".lab"));
    await showStackFiles(env, "dev", folder);
    await assert.rejects(readlink(path.join(folder, ".lab")));
  });

  it("are refused for another stack, and once the checkout's says something else", async () => {
    const file = path.join(folder, "Pulumi.dev.yaml");
    await writeFile(file, "config: {}\n");
    const copy = JSON.stringify(copyOf("dev", file, "config: {}\n"));
    refuseWrongCopy(copy, "dev");
    refuseWrongCopy(undefined, "prod");
    assert.throws(() => refuseWrongCopy(copy, "prod"), /stack file of dev, but this is stack prod; .* env prod\)"/);
    await writeFile(file, "config: { a: 1 }\n");
    assert.throws(
      () => refuseWrongCopy(copy, "dev"),
      /Pulumi\.dev\.yaml says something else .* `npm run preview -- dev`/,
    );
    await rm(file);
    refuseWrongCopy(copy, "dev");
  });
});
