/** `npm run -s image -- web|services|database|balancer [STACK] > build.sh`: the build script of a golden image. Holds no secret. */
import { ROLE_NAMES } from "../../components/cloud-init/role";
import { fail } from "../../toolchain/progress";
import { readStackFile } from "../stack/stack-file";
import { imageScript } from "./image-script";

async function main([wanted = "", stack = "dev"]: string[]): Promise<void> {
  const role = ROLE_NAMES.find((name) => name === wanted);
  if (!role) throw new Error(`usage: npm run -s image -- ${ROLE_NAMES.join("|")} [STACK] > build.sh`);
  process.stdout.write(imageScript(role, (await readStackFile(stack)).config));
}

main(process.argv.slice(2)).catch(fail);
