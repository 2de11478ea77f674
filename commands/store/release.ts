/** What the lab's stores and the tests install: OpenCart from OPENCART_ARCHIVE, or else the stand-in shop. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

export interface Release {
  /** Printed with every result. */
  readonly name: string;
  readonly archive: string;
  readonly sha256: string;
  readonly isOpenCart: boolean;
}

/** @param folder where the stand-in's archive is made */
export async function shopRelease(folder: string): Promise<Release> {
  const given = process.env.OPENCART_ARCHIVE;
  const archive = given ?? path.join(folder, "stand-in-shop.zip");
  if (!given) {
    const fixtures = path.join(ROOT, "test/fixtures");
    await run("python3", [path.join(fixtures, "pack.py"), path.join(fixtures, "stand-in-shop"), archive]);
  }
  const sha256 = createHash("sha256")
    .update(await readFile(archive))
    .digest("hex");
  return { name: given ? `OpenCart (${path.basename(given)})` : "stand-in shop", archive, sha256, isOpenCart: !!given };
}

/**
 * Puts the release where the lab's servers can fetch it.
 * @param env of a lab of profile full
 * @returns `shop.release` of a stack file
 */
export async function publishRelease(env: Readonly<Record<string, string>>): Promise<{ url: string; sha256: string }> {
  const { LAB_WWW: www, LAB_WWW_URL: url } = env;
  if (!www || !url) throw new Error("only a lab of profile full has servers that could fetch a release");
  const scratch = await mkdtemp(path.join(tmpdir(), "ecommerce-release-"));
  try {
    const { archive, sha256 } = await shopRelease(scratch);
    const name = `releases/${sha256.slice(0, 16)}.zip`;
    await mkdir(path.join(www, "releases"), { recursive: true });
    await copyFile(archive, path.join(www, name));
    return { url: `${url}/${name}`, sha256 };
  } finally {
    await rm(scratch, { recursive: true });
  }
}
