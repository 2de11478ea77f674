/** The release that the role tests install: OpenCart from OPENCART_ARCHIVE, or else the stand-in. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

export interface TestRelease {
  /** Printed with every result. */
  readonly name: string;
  readonly archive: string;
  readonly sha256: string;
  readonly isOpenCart: boolean;
}

export async function testRelease(folder: string): Promise<TestRelease> {
  const given = process.env.OPENCART_ARCHIVE;
  const archive = given ?? path.join(folder, "stand-in-shop.zip");
  if (!given) {
    const source = path.join(ROOT, "test/fixtures/stand-in-shop");
    await run("python3", ["-m", "zipfile", "-c", archive, "README.md", "upload/"], { cwd: source });
  }
  const sha256 = createHash("sha256")
    .update(await readFile(archive))
    .digest("hex");
  return { name: given ? `OpenCart (${path.basename(given)})` : "stand-in shop", archive, sha256, isOpenCart: !!given };
}
