import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { signIn } from "../../commands/stack/sign-in";
import { atOnce } from "../../commands/uploads/at-once";
import { stepsTo, take } from "../../commands/uploads/past";
import { forget, outdated } from "../../commands/uploads/prune";
import { histories } from "../../commands/uploads/versions";
import { cloudApi } from "../../components/cloud/api";
import { ROOT } from "../../toolchain/paths";
import { credentialEnvironment } from "../support/application-credential";
import { bootFiles } from "../support/boot-files";
import { Container, type Credential, credentialIn, readerCredential, tokenOf } from "../support/container";
import { failure, openLab, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";

const CONFIG = {
  "ecommerce:cloud": { ...SMALLEST.cloud, objectStorage: true },
  "ecommerce:shop": { media: { driver: "swift" }, publicStatic: true },
  "ecommerce:access": { packages: ["198.51.100.1/32"], services: ["127.0.0.1/32"] },
};
const SETTINGS = "/etc/ecommerce/media.json";

describe("uploads in Swift", function () {
  this.timeout("10m");
  let lab: TestLab;
  let credential: Credential;
  /** As the app servers see it, as the project's member does, and as anybody does. */
  let theirs: Container;
  let member: Container;
  let anybody: Container;

  before(async () => {
    lab = await openLab();
    await (await lab.open("media", CONFIG)).up();
    const settings = (await bootFiles(lab)).filter(({ path }) => path === SETTINGS);
    for (const { server } of settings) assert.match(server, /-app-\d$/);
    const [first = "", ...others] = settings.map(({ content }) => content);
    credential = credentialIn(first);
    assert.deepEqual(others, [first], "both app servers have it, and nobody else has");
    theirs = new Container(credential.containerUrl, await tokenOf(credential));
    member = new Container(credential.containerUrl, lab.member.token);
    anybody = new Container(credential.containerUrl, undefined);
  });

  after(async () => {
    await (await lab.open("media", CONFIG)).destroy({ remove: true });
    assert.deepEqual(await lab.member.everything(), {});
    const left = `/users/${lab.member.userId}/application_credentials`;
    const names = await lab.member.rowsOf("identity", left, "application_credentials");
    assert.deepEqual(
      names.filter(({ name }) => String(name).includes("media")),
      [],
    );
  });

  it("has nothing to do in the next preview", async () => {
    const { changeSummary } = await (await lab.open("media", CONFIG)).preview();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("lets the app servers keep objects in their container, and list them", async () => {
    assert.equal(await theirs.status("PUT", "/image/one.png", {}, "one"), 201);
    assert.equal(await theirs.status("HEAD", "/image/one.png"), 200);
    assert.deepEqual(await theirs.names(), ["image/one.png"]);
    assert.equal(await theirs.read("image/one.png"), "one");
    assert.equal(await theirs.status("DELETE", "/image/one.png"), 204);
  });

  it("lets nobody without a token read or list it", async () => {
    await member.write("image/secret.png", "secret");
    assert.equal(await anybody.status("GET", "/image/secret.png"), 401);
    assert.equal(await anybody.status("GET"), 401);
    await member.delete("image/secret.png");
  });

  it("lets everybody read static content at the output's address, but list nothing and write nothing", async () => {
    const { staticUrl } = await (await lab.open("media", CONFIG)).outputs();
    const url = String(staticUrl?.value).replace(/\/$/, "");
    const [own, all] = [new Container(url, lab.member.token), new Container(url, undefined)];
    await own.write("shop.css", "body {}");
    assert.equal(await all.read("shop.css"), "body {}");
    for (const [method, place] of [
      ["GET", ""],
      ["GET", "?format=json"],
      ["PUT", "/other.css"],
      ["DELETE", "/shop.css"],
    ] as const)
      assert.equal(await all.status(method, place), 401, `${method} ${place}`);
    await own.delete("shop.css");
  });

  it("passes the policies, for which it is the stack file that asks for it", async () => {
    const levels = path.join(await mkdtemp(path.join(tmpdir(), "ecommerce-levels-")), "levels.json");
    const mandatory = { enforcementLevel: "mandatory" };
    const all = { all: { enforcementLevel: "disabled" }, "data-private-containers": mandatory };
    await writeFile(levels, JSON.stringify({ ...all, "secrets-none-in-user-data": mandatory }));
    const pack = { policyPacks: [path.join(ROOT, "policy")], policyPackConfigs: [levels] };
    await (await lab.open("media", CONFIG)).preview(pack);
  });

  const account = () => credential.containerUrl.replace(/\/[^/]+$/, "");
  const beside = (what: string) => new Container(`${account()}/ecommerce-media-${what}`, lab.member.token);
  const refused = (status: number) => assert.ok(status === 401 || status === 403, String(status));

  it("gives them no other container, not by way of a copy either, and no say over their own", async () => {
    await beside("backups").write("nightly/dump", "everything");
    for (const token of [
      await tokenOf(credential),
      await tokenOf({ ...credential, ...(await readerCredential(lab.member)) }),
    ]) {
      const backups = new Container(beside("backups").url, token);
      refused(await backups.status("GET"));
      refused(await backups.status("GET", "/nightly/dump"));
      refused(await backups.status("PUT", "/nightly/dump", {}, "nothing"));
      refused(await new Container(account(), token).status("GET"));
      const own = new Container(credential.containerUrl, token);
      const from = { "X-Copy-From": "/ecommerce-media-backups/nightly/dump" };
      refused(await own.status("PUT", "/image/copy", from, ""));
      for (const [method, place] of [
        ["POST", ""],
        ["PUT", "/"],
        ["DELETE", ""],
        ["PUT", ""],
      ] as const) {
        refused(await own.status(method, place, { "X-Container-Read": ".r:*" }));
      }
    }
    assert.equal(await beside("backups").read("nightly/dump"), "everything");
    await beside("backups").delete("nightly/dump");
  });

  it("gives them nothing of Nova, and nothing of Keystone but the token", async () => {
    const token = await tokenOf(credential);
    const ask = async (service: string, path: string) =>
      (await fetch(`${lab.member.endpoint(service)}${path}`, { headers: { "X-Auth-Token": token } })).status;
    refused(await ask("compute", "/servers"));
    refused(await ask("identity", `/users/${lab.member.userId}/application_credentials`));
    refused(await ask("identity", "/auth/projects"));
  });

  describe("whose versions Swift keeps", () => {
    const media = { driver: "swift", versions: { days: 30 } };
    const VERSIONED = { ...CONFIG, "ecommerce:shop": { media, publicStatic: true } };
    const WAIT_MS = 1_100;
    const wait = () => new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    const second = () => new Date(Math.ceil(Date.now() / 1000) * 1000).toISOString().replace(".000", "");

    it("has that switched on in place, with what is in it", async () => {
      await member.write("image/old.png", "from before");
      const { summary } = await (await lab.open("media", VERSIONED)).up();
      assert.deepEqual(Object.keys(summary.resourceChanges ?? {}).sort(), ["same", "update"]);
      assert.equal(summary.resourceChanges?.update, 1);
      assert.equal(await theirs.read("image/old.png"), "from before");
      const { changeSummary } = await (await lab.open("media", VERSIONED)).preview();
      assert.deepEqual(Object.keys(changeSummary), ["same"]);
    });

    it("lets the app servers keep objects as before", async () => {
      await theirs.write("image/one.png", "one");
      assert.equal(await theirs.read("image/one.png"), "one");
    });

    it("is brought back to a second before it was emptied, and that is undone, by the command", async () => {
      await wait();
      const full = second();
      await wait();
      for (const name of ["image/old.png", "image/one.png"]) await theirs.delete(name);
      await theirs.write("image/new.png", "new");
      await wait();
      const emptied = second();
      await wait();
      const api = cloudApi(await signIn({}, lab.env));
      const container = "ecommerce-media-media";
      const bringBack = (at: string) =>
        atOnce(stepsTo(Date.parse(at), api, container), 4, (step) => take(api, container, step));
      assert.deepEqual(await bringBack(full), { done: 3, failed: 0, reason: undefined });
      assert.deepEqual(await theirs.names(), ["image/old.png", "image/one.png"]);
      assert.equal(await theirs.read("image/old.png"), "from before");
      assert.deepEqual(await bringBack(emptied), { done: 3, failed: 0, reason: undefined });
      assert.deepEqual(await theirs.names(), ["image/new.png"]);
    });

    it("loses what is too old, and nothing that is there", async () => {
      const api = cloudApi(await signIn({}, lab.env));
      const container = "ecommerce-media-media";
      const now = Date.now() + WAIT_MS;
      await atOnce(histories(api, container), 4, (one) => forget(api, container, one.name, outdated(one, now, now)));
      assert.deepEqual(
        (await member.versions()).map(({ name }) => name),
        ["image/new.png"],
      );
      assert.equal(await theirs.read("image/new.png"), "new");
    });

    after(async () => {
      await member.delete("image/new.png");
      const api = cloudApi(await signIn({}, lab.env));
      const far = Date.now() + 1e9;
      await atOnce(histories(api, "ecommerce-media-media"), 4, (one) =>
        forget(api, "ecommerce-media-media", one.name, outdated(one, far, far)),
      );
    });
  });

  it("says in the preview that a restricted credential cannot make another, and which endpoint is out of reach", async () => {
    const env = await credentialEnvironment(lab, false);
    const elsewhere = { ...CONFIG, "ecommerce:access": { packages: ["198.51.100.1/32"], services: ["192.0.2.0/24"] } };
    const stack = await lab.open("refused", elsewhere, env);
    const text = await failure((onOutput) => stack.preview({ onOutput }));
    assert.match(text, /ecommerce:shop\.media\.driver: needs an application credential .*"test-restricted", may/);
    assert.match(
      text,
      /ecommerce:access\.services: 192\.0\.2\.0\/24 does not hold the endpoint http:\/\/127\.0\.0\.1:5000/,
    );
  });
});
