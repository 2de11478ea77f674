/** `npm run open [-- STACK]`: what a shopper sees of the lab's store, as a picture. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { fail } from "../../toolchain/progress";
import { runningStore } from "../store/running-store";
import { openBrowser } from "./browser";

async function main([stackName = "dev"]: string[]): Promise<void> {
  const { url } = await runningStore(stackName);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    const answer = await page.goto(url, { timeout: 20_000 }).catch((cause: Error) => {
      throw new Error(`${url} does not answer (${cause.message.split("\n")[0]}); npm run up says why`);
    });
    if (answer?.status() !== 200) throw new Error(`${url} answers ${answer?.status()}; npm run up says why`);
    const picture = path.join(ROOT, ".test-artefacts/storefront.png");
    await mkdir(path.dirname(picture), { recursive: true });
    await page.screenshot({ path: picture, fullPage: true });
    process.stdout.write(`${picture}\n${await page.title()}\n`);
  } finally {
    await browser.close();
  }
}

main(process.argv.slice(2)).catch(fail);
