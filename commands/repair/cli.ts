/** `npm run repair [-- STACK]`: for those who run plain pulumi, in the checkout, on their own backend and cloud. */
import { fail, say } from "../../toolchain/progress";
import { ownEnvironment, ownStack } from "../stack/own-stack";
import { repair } from "./repair";

async function main([stackName = "dev"]: string[]): Promise<void> {
  const env = await ownEnvironment();
  const stack = await ownStack(stackName, env);
  const adopted = await repair(stack, env);
  say(`stack ${stackName}: ${adopted} objects adopted, nothing is pending`);
}

main(process.argv.slice(2)).catch(fail);
