import assert from "node:assert/strict";
import { renderImageScript } from "../../../components/cloud-init/role";
import { AppServer } from "../../support/app-server";
import { Container, type Credential, readerCredential } from "../../support/container";
import { eventually } from "../../support/eventually";
import { figure } from "../../support/figures";
import { openLab, TEST_CLOUD, type TestLab } from "../../support/lab";
import { BASE, roles } from "../../support/role-args";
import { buildRoots, machinesWork } from "../../support/roots";

describe("uploads on app servers", function () {
  this.timeout("5m");
  this.bail(true);
  let lab: TestLab;
  let credential: Credential;
  let member: Container;
  let a: AppServer;
  let b: AppServer;
  let roots: string;
  const servers: AppServer[] = [];
  const create = async () => {
    const server = await AppServer.create(roots, JSON.stringify(credential));
    servers.push(server);
    return server;
  };
  /** What lies on a server before its first boot. */
  const ship = async (server: AppServer, name: string, text: string) => {
    await server.write(name, text);
    await server.exec("find /var/www/shop -exec touch -d '1 hour ago' {} +");
  };
  const reads = (server: AppServer, name: string, text: string, seconds = 12) =>
    eventually(
      () => server.read(name),
      (found) => found === text,
      seconds,
    );

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    lab = await openLab();
    member = new Container(`${lab.member.endpoint("object-store")}/test-uploads`, lab.member.token);
    const acl = `${lab.member.projectId}:${lab.member.userId}`;
    assert.equal(await member.status("PUT", "", { "X-Container-Read": acl, "X-Container-Write": acl }), 201);
    const authUrl = lab.member.endpoint("identity");
    credential = { authUrl, containerUrl: member.url, ...(await readerCredential(lab.member)) };
    roots = await buildRoots({ services: renderImageScript((await roles(undefined, credential)).services, BASE) });
    a = await create();
  });

  after(async () => {
    for (const server of servers) await server.remove();
    await lab?.command("reset", TEST_CLOUD);
  });

  it("puts what the release ships into the empty container, once, and a second server has it already", async () => {
    await ship(a, "image/demo/shipped.png", "shipped");
    assert.deepEqual(await a.first(), { code: 0, said: "" });
    await eventually(
      () => member.names(),
      (names) => names.join(" ") === "image/demo/ image/demo/shipped.png",
      1,
    );
    b = await create();
    await ship(b, "image/demo/shipped.png", "shipped");
    assert.deepEqual(await b.first(), { code: 0, said: "" });
  });

  it("fetches everything at a first boot, and deletes nothing", async () => {
    await member.write("upload/form.pdf", "form");
    const fresh = await create();
    await ship(fresh, "image/of-another-release.png", "old");
    assert.deepEqual(await fresh.first(), { code: 0, said: "" });
    assert.equal(await fresh.read("upload/form.pdf"), "form");
    assert.equal(await fresh.read("image/demo/shipped.png"), "shipped");
    assert.equal(await fresh.read("image/of-another-release.png"), "old");
    assert.equal(await member.read("image/of-another-release.png"), undefined);
    assert.equal(await fresh.exec("stat -c '%U %a' /var/lib/ecommerce/storage/upload/form.pdf"), "www-data 644");
  });

  it("carries a new, a changed and a deleted file to the other server, within 10 s", async () => {
    await a.start();
    await b.start();
    for (const [name, text] of [
      ["image/new picture ä.png", "first"],
      ["image/new picture ä.png", "second"],
      ["download/a/b/c.zip", "zip"],
    ] as const) {
      const begun = Date.now();
      await a.write(name, text);
      await reads(b, name, text, 10);
      figure("from an upload to the other app server", (Date.now() - begun) / 1000);
    }
    await b.delete("download/a");
    await reads(a, "download/a/b/c.zip", "", 10);
    await eventually(
      () => member.names(),
      (names) => !names.some((name) => name.startsWith("download/")),
      5,
    );
    await eventually(
      () => a.exec("ls /var/lib/ecommerce/storage/download"),
      (found) => found === "",
      10,
    );
  });

  it("follows what is put, changed and deleted in the container itself", async () => {
    for (const text of ["one", "two"]) {
      await member.write("image/from-outside.png", text);
      for (const server of [a, b]) await reads(server, "image/from-outside.png", text);
    }
    await member.delete("image/from-outside.png");
    for (const server of [a, b]) await reads(server, "image/from-outside.png", "");
  });

  it("lets the container win where both have changed, but no deletion take what nobody else has", async () => {
    for (const name of ["image/both.png", "image/lost.png"]) {
      await a.write(name, "before");
      await reads(b, name, "before");
    }
    await a.stop();
    await a.write("image/both.png", "here");
    await a.write("image/lost.png", "here");
    await member.write("image/both.png", "there");
    await member.delete("image/lost.png");
    await reads(b, "image/lost.png", "");
    await a.start();
    await reads(a, "image/both.png", "there");
    await reads(b, "image/lost.png", "here");
  });

  it("does not bring back on a fresh server what was deleted, though the release ships it", async () => {
    await a.delete("image/demo/shipped.png");
    await reads(b, "image/demo/shipped.png", "");
    const fresh = await create();
    await ship(fresh, "image/demo/shipped.png", "shipped");
    assert.deepEqual(await fresh.first(), { code: 0, said: "" });
    await fresh.start();
    await fresh.write("image/after.png", "after");
    await reads(a, "image/after.png", "after");
    assert.equal(await member.read("image/demo/shipped.png"), undefined);
  });

  it("touches no link, no hidden file, no code, and nothing outside of the three trees", async () => {
    await a.exec(`cd /var/www/shop/image/catalog; echo secret >/root/secret; ln -s /root/secret link.png; ln -s /etc etc
      echo '<?php' >shell.php; echo '<?php' >shell.PHTML; echo x >.htaccess; chown -h www-data *`);
    for (const name of [
      "image/evil.php",
      "image/x/.htaccess",
      "other/x",
      "image/%2E%2E/upward.png",
      "image/etc/passwd2",
      "loose",
    ])
      await member.write(name, "evil");
    await member.write("image/last.png", "last");
    for (const server of [a, b]) await reads(server, "image/last.png", "last");
    await a.write("image/last-of-all.png", "last");
    await reads(b, "image/last-of-all.png", "last");
    const names = await member.names();
    assert.deepEqual(
      names.filter((name) => /link|shell|etc\/p.*d$/.test(name)),
      [],
    );
    const found =
      "find / -xdev \\( -name 'evil*' -o -name upward.png -o -name passwd2 -o -name loose \\) -not -path '/proc/*'";
    assert.deepEqual(
      [await a.exec(found), (await b.exec(found)).split("\n")],
      ["", ["/var/www/shop/image/catalog/etc/passwd2"]],
    );
    assert.equal(await a.exec("cat /root/secret"), "secret");
    assert.match(a.log, /image\/etc\/passwd2: .*catalog\/etc is a link; trying again later\n/);
    for (const name of names.filter((one) => /evil|htaccess|^other|upward\.png|passwd2|loose/.test(one)))
      await member.delete(name.replaceAll("..", "%2E%2E"));
  });

  it("fetches a picture that is asked for before it has come, and knows for a moment that there is none", async () => {
    await b.stop();
    await member.write("image/asked for.png", "asked");
    assert.match(await b.ask("/image/catalog/none.png"), /no such picture/);
    assert.equal(await b.ask("/image/catalog/asked%20for.png?size=1"), "asked");
    assert.equal(await b.read("image/asked for.png"), "asked");
    await member.write("image/none.png", "now");
    assert.match(await b.ask("/image/catalog/none.png"), /no such picture/);
    for (const url of ["/image/catalog/../../config.php", "/image/catalog/evil.php", "/healthz", "/image/catalog/"])
      assert.match(await b.ask(url), /no such picture/);
    await b.start();
    await reads(b, "image/none.png", "now");
    // What the page has fetched is known to have been the same.
    await member.delete("image/asked for.png");
    await reads(b, "image/asked for.png", "");
  });

  it("loses nothing while Swift is away, says so once, and catches up", async () => {
    const said = a.log.length;
    await lab.command("stop", "swift-proxy");
    try {
      await a.write("image/meanwhile.png", "meanwhile");
      await b.delete("image/after.png");
      const patient = await create();
      assert.equal((await patient.first()).code, 75);
      await eventually(
        async () => a.log.slice(said),
        (log) => log.includes("trying again"),
        20,
      );
      await new Promise((resolve) => setTimeout(resolve, 12_000));
    } finally {
      await lab.command("start", "swift-proxy");
    }
    const begun = Date.now();
    await reads(b, "image/meanwhile.png", "meanwhile", 60);
    figure("from Swift's return to what was uploaded meanwhile", (Date.now() - begun) / 1000);
    await reads(a, "image/after.png", "", 60);
    assert.equal(a.log.slice(said).match(/trying again until it works/g)?.length, 1, a.log.slice(said));
    assert.match(a.log.slice(said), /Swift answers again/);
  });

  it("fails a first boot where Swift refuses the credential", async () => {
    const wrong = await AppServer.create(roots, JSON.stringify({ ...credential, secret: "wrong" }));
    servers.push(wrong);
    const { code, said } = await wrong.first();
    assert.deepEqual([code, said], [1, "ecommerce: Keystone answers 401 to this server's credential"]);
  });
});
