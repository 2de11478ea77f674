/** Checkov, from PyPI, in an environment of its own beside the lab's packages. */
import { existsSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { CACHE } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

const VERSION = "3.3.30";
const HOME = path.join(CACHE, `checkov-${VERSION}`);

const reportSchema = z.object({
  results: z.object({ failed_checks: z.array(z.object({ check_id: z.string(), resource: z.string() })) }),
});

/** @returns nothing when it can neither be found nor installed */
export async function checkov(): Promise<string | undefined> {
  const program = path.join(HOME, "bin/checkov");
  const whole = path.join(HOME, ".complete");
  if (existsSync(whole)) return program;
  try {
    await run("/usr/bin/python3", ["-m", "venv", HOME]);
    await run(path.join(HOME, "bin/pip"), ["install", "-q", "--disable-pip-version-check", `checkov==${VERSION}`]);
    await run("touch", [whole]);
    return program;
  } catch {
    return undefined;
  }
}

/** @returns ids of the checks that a Terraform file fails, each with the resource */
export async function failedChecks(program: string, file: string) {
  const args = ["-f", file, "--framework", "terraform", "--quiet", "--compact", "--skip-download", "-o", "json"];
  // Its exit code says whether it found anything.
  const { stdout } = await run(program, args, { reject: false });
  return reportSchema.parse(JSON.parse(stdout)).results.failed_checks;
}
