/** Releases of the stand-in shop that follow the first one. */
import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Release } from "../../commands/store/release";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

const FIXTURES = path.join(ROOT, "test/fixtures");

export interface StandInRelease {
  /** What `VERSION` says, such as 2.0.0. */
  readonly version: string;
  /** Columns that only this release's code knows, by table, as PHP; default: the first release's. */
  readonly schema?: string;
  /** PHP of an upgrade step that comes after the others; none: the schema is as before. */
  readonly step?: string;
}

/** @param folder where the archive is made */
export async function standInRelease(folder: string, { version, schema, step }: StandInRelease): Promise<Release> {
  const source = path.join(folder, `stand-in-${version}`);
  await cp(path.join(FIXTURES, "stand-in-shop"), source, { recursive: true });
  const replace = async (file: string, from: RegExp, to: string) => {
    const text = await readFile(path.join(source, "upload", file), "utf8");
    if (!from.test(text)) throw new Error(`${file} of the stand-in shop has no ${from}`);
    await writeFile(
      path.join(source, "upload", file),
      text.replace(from, () => to),
    );
  };
  await replace("index.php", /'VERSION', '[^']*'/, `'VERSION', '${version}'`);
  if (schema) await replace("system/schema.php", /const SCHEMA = .*;/, `const SCHEMA = ${schema};`);
  if (step) await writeFile(path.join(source, "upload/install/upgrade/upgrade_3.php"), `<?php\n${step}\n`);
  const archive = `${source}.zip`;
  await run("python3", [path.join(FIXTURES, "pack.py"), source, archive]);
  const sha256 = createHash("sha256")
    .update(await readFile(archive))
    .digest("hex");
  return { name: `stand-in shop ${version}`, archive, sha256, isOpenCart: false };
}
