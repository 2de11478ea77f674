/** `npm run dependents [-- STACK]`: for those who run plain pulumi, before they destroy a stack of the checkout. */
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { ensureToolchain } from "../../toolchain/ensure";
import { ROOT } from "../../toolchain/paths";
import { fail, say } from "../../toolchain/progress";
import { refuseWhileUsed } from "./dependents";

async function main([stackName = "dev"]: string[]): Promise<void> {
  const env = await ensureToolchain();
  Object.assign(process.env, env);
  const stack = await LocalWorkspace.selectStack({ stackName, workDir: ROOT }, { envVars: env });
  await refuseWhileUsed(stack, env);
  say(`nothing is in the way of the end of stack ${stackName}`);
}

main(process.argv.slice(2)).catch(fail);
