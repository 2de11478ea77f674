/** `npm run repair [-- STACK [--ours]]`: for those who run plain pulumi, in the checkout, on their own backend and cloud. */
import { parseArgs } from "node:util";
import { fail, say } from "../../toolchain/progress";
import { ownEnvironment, ownStack } from "../stack/own-stack";
import { repair } from "./repair";

async function main(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { ours: { type: "boolean", default: false } },
  });
  const [stackName = "dev"] = positionals;
  const env = await ownEnvironment();
  const stack = await ownStack(stackName, env);
  const adopted = await repair(stack, env, { ours: values.ours });
  say(`stack ${stackName}: ${adopted} objects adopted, nothing is pending`);
}

main(process.argv.slice(2)).catch(fail);
