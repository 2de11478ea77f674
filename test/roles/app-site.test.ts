import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Release } from "../../commands/store/release";
import { run } from "../../toolchain/run";
import { AppSite, MEDIA, SHOP } from "../support/app-site";
import { eventually } from "../support/eventually";
import type { Machine } from "../support/machine";
import { machinesWork } from "../support/roots";
import type { Wire } from "../support/wire";

const CACHE = "/var/www/shop/image/cache";
const asShop = "setpriv --reuid=www-data --regid=www-data --clear-groups";

describe("an app server's site, on real roots", function () {
  this.timeout("10m");
  let site: AppSite;
  let folder: string;
  let wire: Wire;
  let release: Release;
  let database: Machine;
  let services: Machine;

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    site = await AppSite.create();
    ({ folder, wire, release, database, services } = site);
  });

  after(async () => {
    await site?.remove();
  });

  const ask = (place: string, ...args: string[]) => site.ask(place, ...args);
  const health = () => site.health();
  const sumOf = async (place: string) => {
    const file = path.join(folder, "answer");
    const said = await wire.curl("-g", "-o", file, "-w", "%{http_code} %{content_type}", `${SHOP}${place}`);
    return `${said} ${(await run("md5sum", [file])).stdout.split(" ")[0]}`;
  };
  const sessions = () => database.exec(`mysql -N -e "SELECT count(*) FROM opencart.oc_session"`);
  /** The stand-in for systemd would take the old one, while it ends or lies dead, for the new one. */
  const restartPhp = () =>
    services.exec(
      "kill -KILL $(pgrep -x php-fpm8.2); sleep 1; rm -f /run/php/php8.2-fpm.pid; systemctl start php8.2-fpm",
    );
  /** Thumbnails by the pages that show them. @returns paths below image/cache/, as on the disk */
  const rendered = async () => {
    const pages = ["/", "/index.php?route=product/product&product_id=43", ...[1, 2, 3, 4].map(itemOf)];
    for (const page of pages) await ask(page);
    return (await services.exec(`cd ${CACHE}; find . -type f -name '*-*x*.*' -printf '%P\\n' | sort`)).split("\n");
  };
  const itemOf = (id: number) => `/index.php?route=product/product&product_id=${id}`;
  const addressOf = (thumbnail: string) => `/image/cache/${thumbnail.split("/").map(encodeURIComponent).join("/")}`;
  const emptyCache = () => services.exec(`find ${CACHE} -mindepth 1 -delete`);

  describe("thumbnails", () => {
    it("that another server's page names are made here, the same bytes, and kept", async () => {
      const names = await rendered();
      assert.ok(names.length >= 8, names.join(" "));
      const sums = (await services.exec(`cd ${CACHE}; md5sum ${names.map((name) => `'${name}'`).join(" ")}`))
        .split("\n")
        .map((line) => line.split(" ")[0]);
      await emptyCache();
      const before = await sessions();
      for (const [index, name] of names.entries()) {
        const type = name.endsWith(".png") ? "image/png" : "image/jpeg";
        for (const _ of [1, 2]) assert.equal(await sumOf(addressOf(name)), `200 ${type} ${sums[index]}`, name);
        assert.equal(await services.exec(`md5sum <'${CACHE}/${name}' | cut -d' ' -f1`), sums[index]);
      }
      assert.equal(await sessions(), before);
      assert.equal(await services.exec(`find ${CACHE} -name '.*' -type f`), "");
    });

    it("are fetched from Swift first where that is where the original is; a changed original takes its thumbnails along", async () => {
      const place = "/image/cache/catalog/demo/from elsewhere-120x120.png".replace(" ", "%20");
      const original = release.isOpenCart
        ? "/var/www/shop/image/no_image.png"
        : "/var/www/shop/image/catalog/demo/mug.png";
      assert.equal((await ask(place)).status, 404);
      const upload = (file: string) =>
        services.exec(`curl -sf -T ${file} '${MEDIA.containerUrl}/image/demo/from%20elsewhere.png'`);
      await upload(original);
      await sleep(3000);
      const first = await sumOf(place);
      assert.match(first, /^200 image\/png /);
      assert.equal(await services.exec(`cmp '/var/www/shop/image/catalog/demo/from elsewhere.png' ${original}`), "");
      await services.exec(`php -r '$i = imagecreatetruecolor(50, 70); imagepng($i, "/tmp/other.png");'`);
      await upload("/tmp/other.png");
      // Until then the sync takes the file for one that is still being written.
      await sleep(3000);
      await services.exec(`${asShop} php /usr/local/lib/ecommerce/media/sync.php first`);
      const second = await sumOf(place);
      assert.match(second, /^200 image\/png /);
      assert.notEqual(second, first);
    });

    it("of invented sizes are rationed: beyond it browsers get the original, and the shop's own sizes are made as ever", async () => {
      await emptyCache();
      const [name = ""] = await rendered();
      await emptyCache();
      const [, stem = "", extension = ""] = /^(.*)-\d+x\d+(\.\w+)$/.exec(name) ?? [];
      const sized = (size: string) => addressOf(`${stem}-${size}${extension}`);
      const urls = Array.from({ length: 260 }, (_, index) => `${SHOP}${sized(`${301 + index}x77`)}`);
      const codes = await wire.curl(
        "-Z",
        "--parallel-max",
        "4",
        ...urls.flatMap((url) => ["-o", "/dev/null", url]),
        "-w",
        "%{http_code}\n",
      );
      const count = (code: string) => codes.split("\n").filter((one) => one === code).length;
      assert.ok(count("200") >= 200 && count("302") > 10 && count("200") + count("302") === 260, codes);
      const original = `/image/${stem.split("/").map(encodeURIComponent).join("/")}${extension}`;
      for (const size of ["2001x10", "1999x1999", "99999x99999"]) {
        const { status, headers } = await ask(sized(size));
        assert.deepEqual([status, /^Location: (\S+)/m.exec(headers)?.[1]], [302, original]);
      }
      assert.equal((await ask(original)).status, 200);
      assert.match(await sumOf(addressOf(name)), /^200 /);
      // What the timer does, with other limits than a disk of this size has.
      const trim = `foreach (["names", "sizes", "budget", "trim"] as $part) require "/usr/local/lib/ecommerce/thumbnails/$part.php";
        echo Ecommerce\\Thumbnails\\trimCache(["otherFiles" => 50, "leastBytes" => 0] + require "/usr/local/lib/ecommerce/thumbnails/limits.php");`;
      await services.write("/tmp/trim.php", `<?php ${trim}`);
      assert.equal(await services.exec(`${asShop} php /tmp/trim.php`), `${count("200") - 50}`);
      const left = (await services.exec(`cd ${CACHE}; find . -type f -printf '%P\\n'`)).split("\n");
      assert.deepEqual([left.length, left.includes(name)], [51, true]);
      assert.equal(await services.exec(`${asShop} php /usr/local/lib/ecommerce/thumbnails/trim.php`), "");
    });

    it("of nothing, and of what is no picture's name, are not there", async () => {
      await services.exec(
        `ln -s /etc/ecommerce /var/www/shop/image/catalog/way; cp /var/www/shop/config.php /var/www/shop/image/catalog/code.png`,
      );
      for (const name of [
        "catalog/demo/nothing-120x120.png",
        "catalog/demo/mug.png",
        "catalog/demo/mug-0x10.png",
        "catalog/demo/mug-010x10.png",
        "catalog/demo/mug-120x120.php",
        "catalog/demo/mug-120x120.png/x",
        "catalog/code-120x120.png",
        "catalog/way/tls/ca-10x10.png",
        "../../config-10x10.png",
        "..%2f..%2fconfig-10x10.png",
        "cache/catalog/demo/mug-120x120-10x10.png",
        ".hidden-10x10.png",
        "%00-10x10.png",
      ]) {
        const { status, body } = await ask(`/image/cache/${name}`);
        assert.ok((status === 404 || status === 400) && body.length < 400, `${name}: ${status}`);
      }
      await services.exec("rm /var/www/shop/image/catalog/way /var/www/shop/image/catalog/code.png");
    });
  });

  describe("what is not there", () => {
    it("is a small 404 without a session, where a browser wanted a file; other names are the shop's", async () => {
      const before = await sessions();
      for (const name of [
        "nope.css",
        "nope.JS",
        "favicon.ico",
        "a/b/c.png",
        "nope.xml",
        "image/catalog/nope.png",
        "image/x",
        "admin/x",
        ".well-known/x",
        "fonts/a.woff2",
        "catalog/view/nope.js.map",
      ]) {
        const { status, headers, body } = await ask(`/${name}`);
        assert.deepEqual([status, body.length < 400], [404, true], `${name}: ${body}`);
        assert.doesNotMatch(headers, /^Set-Cookie/im);
      }
      assert.equal(await sessions(), before);
      for (const name of ["some/seo-path", "caf%C3%A9%20x", "a%26route=error/not_found", "desk.html"]) {
        const { status, headers } = await ask(`/${name}`);
        assert.deepEqual([status, /^Set-Cookie: OCSESSID/im.test(headers)], [200, true], name);
      }
      const missing = await ask("/index.php?route=no/such.page");
      assert.deepEqual([missing.status, missing.type], [404, "text/html"]);
    });
  });

  describe("PHP", () => {
    const planted = [
      "image/catalog/x.php",
      "image/cache/x.php",
      "image/catalog/x.phtml",
      "extension/x.php",
      "catalog/x.php",
      "x.php",
      "image/catalog/index.php",
    ];

    it("runs the shop's two entries and nothing else, and nothing comes behind a name", async () => {
      for (const place of planted)
        await services.exec(
          `cd /var/www/shop; mkdir -p "$(dirname ${place})"; echo '<?php echo "exec", "uted";' >${place}; chmod 0644 ${place}`,
        );
      const places = planted.flatMap((place) => [
        place,
        `${place}/a`,
        `${place}/a.jpg`,
        `${place}%2fa`,
        `/${place}`,
        place.replace(/php/, "PHP"),
      ]);
      const own = ["config.php", "admin/config.php", "index.php", "admin/index.php"].map((place) => `${place}/x`);
      const code = [
        "config.php",
        "admin/config.php",
        "cron.php",
        "cron.php/x",
        "system/startup.php",
        "system/library/image.php",
        "INDEX.PHP",
        "image/catalog/",
        "storage/vendor/autoload.php",
        ".ecommerce/thumbnail",
        ".ecommerce/release-only",
        ".release",
        "install/cli_install.php",
        "healthz.php",
        "usr/local/lib/ecommerce/healthz.php",
      ];
      for (const place of [...places, ...own, ...code]) {
        const { status, body } = await ask(`/${place}`);
        assert.ok(status === 404 && body.length < 400, `${place}: ${status} ${body.slice(0, 200)}`);
      }
      for (const place of planted) await services.exec(`rm /var/www/shop/${place}`);
      for (const place of ["/", "/index.php", "//index.php"]) assert.equal((await ask(place)).status, 200, place);
      assert.match((await ask("/admin/")).body, /password/i);
    });

    it("can write to no code, and where it writes is named folder by folder", async () => {
      const found = await services.exec(
        `find /var/www/shop /var/lib/ecommerce /usr/local/lib/ecommerce /etc/ecommerce -type d -user www-data | sort; ${asShop} find /var/www/shop /var/lib/ecommerce/storage /usr/local/lib/ecommerce /etc/ecommerce -writable ! -user www-data ! -type l 2>/dev/null`,
      );
      const storage = ["backup", "cache", "download", "logs", "session", "upload"].map(
        (name) => `/var/lib/ecommerce/storage/${name}`,
      );
      const allowed = [
        ...["health", "media", "php-tmp", "thumbnails"].map((name) => `/var/lib/ecommerce/${name}`),
        ...storage,
        CACHE,
        "/var/www/shop/image/catalog",
      ];
      const other = found
        .split("\n")
        .filter((place) => !allowed.some((one) => place === one || place.startsWith(`${one}/`)));
      assert.deepEqual(other, []);
    });

    it("tells an administrator who uploads an extension, or upgrades the code, how that is done here", async () => {
      for (const route of [
        "marketplace/installer.upload",
        "marketplace%2Finstaller%7Cinstall",
        "tool/upgrade.install",
        "common/security.storage",
      ]) {
        const { status, type, body } = await ask(
          `/admin/index.php?user_token=x&route=${route}`,
          "-F",
          "file=@/etc/hostname",
        );
        assert.deepEqual([status, type], [200, "application/json"], route);
        assert.match(JSON.parse(body).error, /shop\.release/);
      }
      assert.notEqual((await ask("/admin/index.php?route=marketplace/installer")).type, "application/json");
    });
  });

  describe("health", () => {
    it("is dead when PHP is gone or keeps silent, and ok again when it is back", async () => {
      assert.equal(await health(), "200 ok");
      const shop = "pgrep -f 'pool ecommerce$'";
      await services.exec(`kill -STOP $(${shop})`);
      assert.equal(await health(), "503 dead");
      await services.exec(`kill -CONT $(${shop})`);
      await eventually(health, (said) => said === "200 ok", 5);
      await services.exec("systemctl stop php8.2-fpm");
      assert.match(await health(), /^503 /);
      await restartPhp();
      await eventually(health, (said) => said === "200 ok", 5);
    });

    it("says when the database is away, and stays in the pool: no server can help that", async () => {
      const states: string[] = [];
      const look = async () => {
        states.push(await health());
        return states.at(-1);
      };
      await wire.cut("database", true);
      await eventually(look, (said) => said === "200 no database", 20);
      await wire.cut("database", false);
      await eventually(look, (said) => said === "200 ok", 20);
      assert.deepEqual(
        states.filter((said) => !said.startsWith("200 ")),
        [],
      );
      await restartPhp();
      await eventually(health, (said) => said === "200 ok", 5);
    });
  });
});
