/** `npm run -s image -- ROLE [STACK] > build.sh`: the build script of a golden image. Holds no secret. */
import { fail } from "../../toolchain/progress";
import { readStackFile } from "../stack/stack-file";
import { imageScript, roleNames } from "./image-script";

async function main([wanted, stack = "dev"]: string[]): Promise<void> {
  const { config } = await readStackFile(stack);
  if (!wanted) throw new Error(`usage: npm run -s image -- ${roleNames(config).join("|")} [STACK] > build.sh`);
  process.stdout.write(imageScript(wanted, config));
}

main(process.argv.slice(2)).catch(fail);
