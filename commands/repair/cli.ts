/** `npm run repair [-- STACK]`: for those who run plain pulumi, in the checkout, on their own backend and cloud. */
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { ensureToolchain } from "../../toolchain/ensure";
import { ROOT } from "../../toolchain/paths";
import { fail, say } from "../../toolchain/progress";
import { repair } from "./repair";

async function main([stackName = "dev"]: string[]): Promise<void> {
  const env = await ensureToolchain();
  Object.assign(process.env, env);
  const stack = await LocalWorkspace.selectStack({ stackName, workDir: ROOT }, { envVars: env });
  const adopted = await repair(stack, env);
  say(`stack ${stackName}: ${adopted} objects adopted, nothing is pending`);
}

main(process.argv.slice(2)).catch(fail);
