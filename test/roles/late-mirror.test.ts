import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { eventually } from "../support/eventually";
import { timed } from "../support/figures";
import { Machine } from "../support/machine";
import { BASE, roles } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { Wire } from "../support/wire";

const ADDRESS = "10.20.0.11";
const MIRROR = "10.20.0.77";
/** Of one who never answers. */
const NOBODY = "10.20.0.78";

describe("a server whose network or mirror comes late, executed on a real root", function () {
  this.timeout("10m");
  let folder: string;
  let wire: Wire;
  let web: Machine;
  let roots: string;

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-mirror-"));
    const role = (await roles()).web;
    roots = await buildRoots({ web: renderImageScript(role, BASE) });
    wire = await Wire.create();
    await wire.plug("web", [ADDRESS]);
    await wire.plug("mirror", [MIRROR]);
    await wire.plug("nobody", [NOBODY]);
    const sources = path.join(folder, "sources.list");
    const line = (host: string) => `deb [trusted=yes] http://${host}/ ./\n`;
    await writeFile(sources, `${line(MIRROR)}${line(NOBODY)}`);
    const userData = renderUserData(role, { hostname: "web", mode: "packages", base: BASE });
    const files = { "/etc/apt/sources.list": sources };
    web = await Machine.create({ name: "web", root: "bare", roots, userData, files });
  });

  after(async () => {
    await web?.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it("asks until a mirror answers, and goes without one that never does", async () => {
    const booted = timed("web role, its mirror 15 s late, another one never there", () => web.boot());
    const log = () => web.read("/var/log/ecommerce.log").catch(() => "");
    await eventually(log, (text) => text.includes("installing the packet filter"), 60);
    await sleep(15_000);
    assert.doesNotMatch(await log(), /FAILED|closing the metadata/);
    wire.serve("mirror", "mirror.py", path.join(roots, "bare/srv/mirror"));
    const report = await booted;
    assert.equal(report.status, "ready", await log());
    assert.match(await log(), /not every mirror answers: trying with those that do/);
    assert.equal(await wire.curl(`http://${ADDRESS}/healthz`), "ok");
  });
});
