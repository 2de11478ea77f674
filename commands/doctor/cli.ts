/** `npm run doctor [-- STACK]`: whether the cloud that OS_CLOUD names has what a stack file needs. Changes nothing. */
import { Naming } from "../../components/core/naming";
import { ensureToolchain } from "../../toolchain/ensure";
import { fail } from "../../toolchain/progress";
import { signIn } from "../stack/sign-in";
import { PROJECT, readStackFile } from "../stack/stack-file";
import { examine } from "./examine";
import { remediation, report } from "./report";

async function main([stack = "dev"]: string[]): Promise<void> {
  const { name, sections, provider, config } = await readStackFile(stack);
  const env = await ensureToolchain();
  Object.assign(process.env, env);
  const scope = await signIn(provider, env);
  const findings = await examine(scope, config, new Naming(PROJECT, stack).prefix);
  process.stdout.write(
    `project ${scope.projectName} in region ${scope.region || "of the default"}, for ${name}\n${report(findings)}\n`,
  );
  const paste = remediation(PROJECT, sections, findings);
  if (paste) process.stdout.write(`\nin place of the same sections in ${name}:\n\n${paste.replace(/^(?=.)/gm, "  ")}`);
  const wrong = findings.filter(({ state }) => state === "wrong").length;
  process.stdout.write(wrong > 0 ? `\nin the way: ${wrong} of ${findings.length}\n` : "\nnothing is in the way\n");
  if (wrong > 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch(fail);
