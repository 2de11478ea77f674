/** The program under the compiler, with an SDK of the OpenStack provider in place of the installed one. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { packageFile, ROOT } from "../../../toolchain/paths";
import { run } from "../../../toolchain/run";

/** What users run, and what judges it; tests are none of it. */
const PROGRAM = ["index.ts", "components", "policy", "commands", "examples"];

/** @param parts of the program, from the checkout's folder @returns the compiler's messages, one a line; none: it is sound */
export async function typeErrors(declarations: string, parts = PROGRAM): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-sdk-"));
  try {
    await writeFile(path.join(folder, "index.ts"), declarations);
    const paths = {
      "@pulumi/openstack": [path.join(folder, "index.ts")],
      // For the declarations, which are no neighbours of the packages.
      "@pulumi/pulumi": [packageFile("@pulumi/pulumi")],
    };
    const config = {
      extends: path.join(ROOT, "tsconfig.json"),
      compilerOptions: { paths, typeRoots: [packageFile("@types")] },
      include: parts.map((part) => path.join(ROOT, part)),
    };
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(config));
    const { stdout } = await run("tsc", ["-p", folder, "--pretty", "false"], { cwd: ROOT, reject: false });
    return stdout.split("\n").filter(Boolean);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
