import assert from "node:assert/strict";
import { Container } from "../support/container";
import { eventually } from "../support/eventually";
import { figure, timed } from "../support/figures";
import { type FullStore, inside, remove, STACK, serves, withFullStore } from "../support/full-lab";
import { PICTURE } from "../support/picture";
import { Shopper, sells } from "../support/shopper";

const SERVERS = ["app-1", "app-2"] as const;
const OK = "200 image/png";

describe("uploads of a store that runs", function () {
  this.timeout("15m");
  let store: FullStore;
  let container: Container;
  let password: string;

  withFullStore((shared) => {
    store = shared;
  });

  before(async function () {
    if (process.env.OPENCART_ARCHIVE) {
      console.log("      skipped: the administration it knows is the stand-in shop's");
      this.skip();
    }
    const { member } = store.lab;
    container = new Container(`${member.endpoint("object-store")}/ecommerce-${STACK}-media`, member.token);
    [password = ""] = Object.values<string>(store.outputs.adminPasswords?.value ?? {});
    await sells(store.url);
  });

  /** By the administration of this very server. @returns the picture's path below `image/` */
  const upload = async (server: string) => {
    const said = await inside(
      server,
      `cd "$(mktemp -d)"; base64 -d >picture.png <<<'${PICTURE.png.toString("base64")}'
       admin() { curl -s -c jar -b jar "http://127.0.0.1/admin/index.php$1" "\${@:2}"; }
       admin '?route=common/login.login' --data-urlencode username=admin --data-urlencode 'password=${password}' >/dev/null
       admin '' -F picture=@picture.png -F product_id=4`,
    );
    assert.match(said, /^catalog\/[0-9a-f]+\.png$/);
    return said;
  };
  /** What a server's own Apache answers. */
  const ask = (server: string, picture: string) =>
    inside(server, `curl -s -m 15 -o /dev/null -w '%{http_code} %{content_type}' http://127.0.0.1/image/${picture}`);
  const objectOf = (picture: string) => picture.replace("catalog/", "image/");
  const onDisk = (server: string, picture: string) =>
    inside(server, `md5sum </var/www/shop/image/${picture} 2>/dev/null | cut -d' ' -f1 || true`);
  const shows = (server: string, picture: string, answer = OK, seconds = 10) =>
    eventually(
      () => ask(server, picture),
      (found) => found.startsWith(answer),
      seconds,
    );

  it("a picture taken by one server is shown by the other within 10 s, and is on its disk for thumbnails", async () => {
    const picture = await upload("app-1");
    const begun = Date.now();
    await shows("app-2", picture);
    figure("from an upload to the other app server's answer", (Date.now() - begun) / 1000);
    await eventually(
      () => onDisk("app-2", picture),
      (found) => found !== "" && !found.startsWith("d41d8cd9"),
      10,
    );
    assert.equal(await onDisk("app-2", picture), await onDisk("app-1", picture));
    // The shop's own page, and what its picture is, by whichever way shoppers come.
    const page = await new Shopper(store.url).visit("product/product&product_id=4");
    const thumbnail = `image/cache/${picture.replace(".png", "-200x200.png")}`;
    assert.ok(page.includes(`<img src="${thumbnail}"`), page);
    for (const server of SERVERS) assert.equal(await ask(server, thumbnail.replace("image/", "")), OK);
    for (let time = 0; time < 6; time += 1) {
      const answer = await fetch(`${store.url}image/${picture}`, { headers: { Connection: "close" } });
      assert.deepEqual([answer.status, Buffer.from(await answer.arrayBuffer()).length > 100], [200, true]);
    }
  });

  it("what is changed and deleted in the container is changed and deleted on every server", async () => {
    const picture = await upload("app-2");
    await shows("app-1", picture);
    await container.write(objectOf(picture), "another picture");
    for (const server of SERVERS)
      await eventually(
        () => inside(server, `cat /var/www/shop/image/${picture}`),
        (text) => text === "another picture",
        12,
      );
    await container.delete(objectOf(picture));
    for (const server of SERVERS) await shows(server, picture, "404", 12);
  });

  it("many requests for a picture that is nowhere are 404s, and the shop goes on", async () => {
    const codes = await inside(
      "app-1",
      "seq 60 | xargs -P 20 -I@ curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1/image/catalog/nowhere.png | sort | uniq -c",
    );
    assert.match(codes, /404/);
    assert.doesNotMatch(codes, /200|500|502|504/);
    assert.equal(await inside("app-1", "curl -s http://127.0.0.1/healthz"), "ok");
    for (const secret of ["catalog/..%2f..%2fconfig.php", "catalog/shell.php", "catalog/.htaccess"])
      assert.match(await ask("app-1", secret), /^40[34]/);
  });

  it("the service runs as www-data, and its credential is read by nobody else", async () => {
    for (const server of SERVERS) {
      assert.equal(await inside(server, "systemctl is-active ecommerce-media"), "active");
      const pid = "$(systemctl show -P MainPID ecommerce-media)";
      assert.match(await inside(server, `ps -o user:20= -p ${pid}`), /^www-data/);
      const memory = Number(await inside(server, `awk '/^VmRSS/ {print $2}' /proc/${pid}/status`));
      assert.ok(memory > 0 && memory < 64 * 1024, `${memory} KiB`);
      assert.equal(await inside(server, "stat -c '%U %G %a' /etc/ecommerce/media.json"), "root www-data 640");
    }
    for (const server of ["web-1", "db-1"])
      assert.equal(await inside(server, "ls /etc/ecommerce/media.json 2>/dev/null || true"), "");
  });

  it("Swift away: the shop sells and takes pictures; Swift back: the other server has them", async () => {
    const before = await upload("app-1");
    await shows("app-2", before);
    const complaints = async () =>
      Number(await inside("app-2", "journalctl -u ecommerce-media -o cat | grep -c 'trying again until' || true"));
    const earlier = await complaints();
    await store.lab.command("stop", "swift-proxy");
    let picture = "";
    try {
      picture = await upload("app-1");
      assert.equal(await ask("app-1", picture), OK);
      assert.equal(await ask("app-2", before), OK);
      assert.match(await ask("app-2", picture), /^503/);
      assert.ok((await new Shopper(store.url).buy()) > 0);
    } finally {
      await store.lab.command("start", "swift-proxy");
    }
    const begun = Date.now();
    await shows("app-2", picture, OK, 60);
    figure("from Swift's return to the picture taken meanwhile", (Date.now() - begun) / 1000);
    assert.equal(await complaints(), earlier + 1);
  });

  it("the server that took it lost: its replacement has the picture before it answers", async () => {
    const picture = await upload("app-1");
    await eventually(
      () => container.names(),
      (names) => names.includes(objectOf(picture)),
      10,
    );
    await remove(store, "app-1");
    await timed("up that brings the app server back", () => store.stack.up({ refresh: true }));
    await serves("app-1");
    assert.equal(await onDisk("app-1", picture), await onDisk("app-2", picture));
    assert.equal(await ask("app-1", picture), OK);
  });
});
