import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { type WebRoleArgs, webRole } from "../../components/cloud-init/roles/web";
import { certificates } from "../../components/database/certificates";
import { timed } from "../support/figures";
import { Machine } from "../support/machine";
import { BASE, DOOR, FLAVOR } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { CLIENT, Wire } from "../support/wire";

const ADDRESS = "10.20.0.11";
const APP = "10.20.1.10";

/** As behind a balancer that passes connections on: the client is whoever connects. */
describe("the web role that shoppers reach directly, executed on a real root", function () {
  this.timeout("10m");
  let folder: string;
  let wire: Wire;
  let web: Machine;
  let key: string;

  const args = (clients: WebRoleArgs["clients"], hsts?: number): WebRoleArgs => ({
    flavor: FLAVOR,
    appVip: APP,
    hsts,
    staticUrl: undefined,
    cache: 5,
    ...DOOR,
    clients,
  });

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-web-"));
    const tls = await certificates("a seed of thirty-two bytes or more", "test", ADDRESS);
    key = tls.serverKey;
    await writeFile(path.join(folder, "ca.crt"), tls.caCertificate);
    const certificate = { chain: tls.serverCertificate, privateKey: tls.serverKey };
    const role = webRole(args({ come: "directly", certificate }, 300));
    // The same image as of every other web server.
    const plain = webRole(args({ come: "through a balancer", cidr: "10.20.0.0/24", https: true }));
    assert.equal(renderImageScript(role, BASE), renderImageScript(plain, BASE));
    const roots = await buildRoots({ web: renderImageScript(role, BASE) });
    wire = await Wire.create();
    await wire.plug("web", [ADDRESS]);
    await wire.plug("app", [APP]);
    wire.serve("app", "member.py", "app");
    const userData = renderUserData(role, { hostname: "web", mode: "image", base: BASE });
    web = await Machine.create({ name: "web", root: "web", roots, userData });
    const report = await timed("web role with TLS of its own, first boot", () => web.boot());
    assert.equal(report.status, "ready", await web.read("/var/log/ecommerce.log"));
  });

  after(async () => {
    await web?.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const secure = (...rest: string[]) => wire.curl("--cacert", path.join(folder, "ca.crt"), ...rest);

  it("ends TLS by the certificate that it was given, from TLS 1.2 on", async () => {
    assert.match(await secure(`https://${ADDRESS}/`), /"member": "app"/);
    assert.equal(await secure(`https://${ADDRESS}/healthz`), "ok");
    await assert.rejects(secure("--tls-max", "1.1", `https://${ADDRESS}/`));
    assert.match(await secure("-i", `https://${ADDRESS}/`), /^Strict-Transport-Security: max-age=300\r?$/m);
  });

  it("sends plain HTTP to HTTPS, but not the balancer's checks", async () => {
    const plain = await wire.curl("-i", `http://${ADDRESS}/item?id=3&x=a%20b`);
    assert.match(plain, /^HTTP\/1\.1 301/);
    assert.match(plain, /^Location: https:\/\/10\.20\.0\.11\/item\?id=3&x=a%20b\r?$/m);
    assert.equal(await wire.curl(`http://${ADDRESS}/healthz`), "ok");
  });

  it("believes nobody who they say they are, and tells the app servers who they are", async () => {
    const lies = ["X-Forwarded-For: 192.0.2.66", "X-Forwarded-Proto: http", "X-Forwarded-Host: evil.example"];
    const told = JSON.parse(await secure(...lies.flatMap((lie) => ["-H", lie]), `https://${ADDRESS}/liar`));
    assert.equal(told["X-Forwarded-For"], CLIENT);
    assert.equal(told["X-Forwarded-Proto"], "https");
    assert.equal(told["X-Forwarded-Host"], ADDRESS);
    assert.match(await web.read("/var/log/apache2/access.log"), new RegExp(`^${CLIENT} .*"GET /liar HTTP`, "m"));
  });

  it("shares pages among anonymous visitors by HTTPS, each host's apart, and none by plain HTTP", async () => {
    const ask = (...rest: string[]) => secure("-i", ...rest, `https://${ADDRESS}/index.php?route=common/home`);
    const [first, second] = [await ask(), await ask("-H", "X-Forwarded-Proto: http")];
    assert.match(first, /^X-Cache: MISS/m);
    assert.match(second, /^X-Cache: HIT/m);
    assert.match(second, /^Strict-Transport-Security: max-age=300\r?$/m);
    assert.match(second, /"X-Forwarded-Proto": "https"/);
    assert.match(await ask("-H", "Host: other.example"), /^X-Cache: MISS/m);
    assert.doesNotMatch(await ask("-H", "Cookie: OCSESSID=abc"), /^X-Cache/m);
    assert.doesNotMatch(await wire.curl("-i", `http://${ADDRESS}/index.php?route=common/home`), /^X-Cache/m);
  });

  it("keeps the private key to root, and satisfies Apache's own check", async () => {
    await web.exec("apachectl configtest");
    const nobody =
      "setpriv --reuid=www-data --regid=www-data --clear-groups cat /etc/ecommerce/tls/site.key 2>/dev/null";
    assert.equal(await web.exec(`${nobody} | wc -c`), "0");
    const [, line = ""] = key.split("\n");
    const found = await web.exec(`grep -rlF '${line}' /var/log /var/lib/cloud /run /tmp /etc || true`);
    assert.equal(found, "/etc/ecommerce/tls/site.key");
  });
});
