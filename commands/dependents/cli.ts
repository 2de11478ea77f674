/** `npm run dependents [-- STACK]`: for those who run plain pulumi, before they destroy a stack of the checkout. */
import { fail, say } from "../../toolchain/progress";
import { ownEnvironment, ownStack } from "../stack/own-stack";
import { refuseWhileUsed } from "./dependents";

async function main([stackName = "dev"]: string[]): Promise<void> {
  const env = await ownEnvironment();
  const stack = await ownStack(stackName, env);
  await refuseWhileUsed(stack, env);
  say(`nothing is in the way of the end of stack ${stackName}`);
}

main(process.argv.slice(2)).catch(fail);
