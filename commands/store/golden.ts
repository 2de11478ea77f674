/** Golden images of the roles, baked by the lab and offered in its cloud. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { StoreConfig } from "../../components/config/schema";
import { ROOT } from "../../toolchain/paths";
import { step } from "../../toolchain/progress";
import { run } from "../../toolchain/run";
import { imageScript } from "../image/image-script";

const LAB = path.join(ROOT, "lab/lab.sh");
export const imageName = (role: string) => `ecommerce-${role}`;

/** Half a gigabyte each: the last one before stays, for a checkout of the version before. */
async function dropOlder(folder: string, role: string, image: string): Promise<void> {
  const others = (await readdir(folder))
    .filter((name) => name.startsWith(`${role}-`))
    .map((name) => path.join(folder, name))
    .filter((file) => file !== image);
  const dated = await Promise.all(others.map(async (file) => ({ file, time: (await stat(file)).mtimeMs })));
  const old = dated.sort((a, b) => b.time - a.time).slice(1);
  await Promise.all(old.map(({ file }) => rm(file, { recursive: true })));
}

/**
 * Bakes the image of each role, once for each build script, and offers it under `imageName`.
 * @param images the lab's folder of images, `LAB_IMAGES`
 */
export async function offerGolden(images: string, roles: readonly string[], config: StoreConfig): Promise<void> {
  const folder = path.join(images, "golden");
  await mkdir(folder, { recursive: true });
  for (const role of roles) {
    const script = imageScript(role, config);
    const digest = createHash("sha256").update(script).digest("hex").slice(0, 16);
    const image = path.join(folder, `${role}-${digest}.raw`);
    if (!existsSync(image)) {
      await step(`baking the image of role ${role}, once`, async () => {
        const file = `${image}.sh`;
        await writeFile(file, script, { mode: 0o700 });
        await run(path.join(ROOT, "lab/image/bake.sh"), [images, file, image], { stderr: "inherit" });
        await rm(file);
        await dropOlder(folder, role, image);
      });
    }
    await run(LAB, ["image", imageName(role), image], { stderr: "inherit" });
  }
}
