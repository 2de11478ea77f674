import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { bakedTooEarly, installationFiles } from "../../components/cloud-init/roles/installation";
import { ROOT } from "../../toolchain/paths";
import { roles } from "../support/role-args";

const release = { url: "https://example.com/opencart.zip", sha256: "0".repeat(64) };

describe("what installs and upgrades the shop", () => {
  it("takes every file of its folder to the servers", async () => {
    const there = await readdir(path.join(ROOT, "components/cloud-init/scripts/shop"));
    const taken = installationFiles
      .filter((file) => file.path.includes("/shop/"))
      .map((file) => path.basename(file.path));
    assert.deepEqual(taken.sort(), there.sort());
  });

  it("stops images that were baked with the installer of before, which cleaned what was not its own", async () => {
    const { services } = await roles(release);
    const stub = services.bootFiles.find((file) => file.path === "/usr/local/lib/ecommerce/install-shop.php");
    assert.equal(stub, bakedTooEarly);
    assert.match(bakedTooEarly.content, /bake it anew/);
    assert.ok(![...services.imageFiles].some((file) => file.path === bakedTooEarly.path));
  });

  it("puts the sign before the pages of a shop, and before nothing where there is none", async () => {
    const pool = async (one?: typeof release) =>
      (await roles(one)).services.bootFiles.find((file) => file.path.endsWith("php-pool.conf"))?.content ?? "";
    assert.match(await pool(release), /^php_admin_value\[auto_prepend_file\] = .*closed-sign\.php$/m);
    assert.doesNotMatch(await pool(), /auto_prepend/);
  });
});
