import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type CheckOptions, officialCheck } from "../../toolchain/official-check/check";
import { programHandedOver } from "../../toolchain/official-check/program";
import { stateDifferences } from "../../toolchain/official-check/states";
import { builtWay, officialWay, type Way } from "../../toolchain/official-check/ways";
import { ENGINE_VERSION, script } from "../../toolchain/parts";
import { packageVersion } from "../../toolchain/paths";

/** Stands for Pulumi's downloads, which this machine may not reach: a folder in which they are already, built from source. */
const downloaded = ({ env }: Way): Way => officialWay(env.PULUMI_HOME);

/** Downloads of which the plugin of random values reads other ids than were made. */
async function misreading({ env }: Way, folder: string): Promise<Way> {
  const [from, home] = [String(env.PULUMI_HOME), path.join(folder, "misreading")];
  const plugin = `plugins/resource-random-v${packageVersion("@pulumi/random")}`;
  await mkdir(path.join(home, plugin), { recursive: true });
  await symlink(path.join(from, "versions"), path.join(home, "versions"));
  const openstack = `plugins/resource-openstack-v${packageVersion("@pulumi/openstack")}`;
  await symlink(path.join(from, openstack), path.join(home, openstack));
  const real = path.dirname(await realpath(path.join(from, plugin, "pulumi-resource-random")));
  const code = await readFile(path.join(real, "main.js"), "utf8");
  const other = code.replace("response.setId(request.getId());", 'response.setId("x" + request.getId());');
  assert.notEqual(other, code);
  await writeFile(path.join(home, plugin, "main.js"), other);
  await script(path.join(home, plugin, "pulumi-resource-random"), 'exec node "$(dirname "$0")/main.js" "$@"');
  return officialWay(home);
}

describe("the check of the official toolchain", function () {
  this.timeout("3m");
  let folder: string;
  let server: Server;
  let address: string;
  let built: Way;

  async function check(options: Partial<CheckOptions>): Promise<{ readonly well: boolean; readonly lines: string[] }> {
    const lines: string[] = [];
    const well = await officialCheck({
      downloads: address,
      built: async () => built,
      official: downloaded(built),
      lab: false,
      folder,
      print: (line) => lines.push(line),
      ...options,
    });
    return { well, lines };
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-official-test-"));
    server = createServer((request, response) => {
      response.statusCode = request.url === "/install.sh" ? 200 : 404;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/install.sh`;
    built = await builtWay();
  });

  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("fails with one line where the downloads cannot be had", async () => {
    const closed = "http://127.0.0.1:8/install.sh";
    const said = "FAIL the downloads answer: Pulumi's downloads cannot be had from here:";
    assert.deepEqual(await check({ downloads: closed }), {
      well: false,
      lines: [`${said} ${closed}: connect ECONNREFUSED 127.0.0.1:8`],
    });
    const absent = `${address}.absent`;
    assert.deepEqual(await check({ downloads: absent }), { well: false, lines: [`${said} ${absent}: HTTP 404`] });
  });

  it("fails with one line where what was downloaded is another engine", async () => {
    const home = path.join(folder, "other-home");
    const bin = path.join(home, "versions", ENGINE_VERSION, "bin");
    await mkdir(bin, { recursive: true });
    await script(path.join(bin, "pulumi"), "echo v1.2.3");
    const { well, lines } = await check({ official: officialWay(home) });
    const said = `the engine says it is v1.2.3, but package-lock.json has the CLI v${ENGINE_VERSION}`;
    assert.deepEqual(lines.slice(1), [`FAIL engine and plugins are installed: ${said}`]);
    assert.equal(well, false);
  });

  it("passes where both make and read the same states", async () => {
    assert.deepEqual(await check({}), {
      well: true,
      lines: [
        "ok   the downloads answer",
        "ok   engine and plugins are installed",
        "ok   what was built reads what was downloaded",
        "ok   what was downloaded reads what was built",
        "PASS 4 of 4, without a store on the lab",
      ],
    });
  });

  it("names what a plugin reads otherwise than the other one made it", async () => {
    const different = await programHandedOver(built, await misreading(built, folder), path.join(folder, "program"));
    assert.deepEqual(
      different.filter((line) => !/^urn:pulumi:one::check::random:.*: id differs$/.test(line)),
      [],
    );
    assert.equal(different.length, 5);
  });
});

describe("states of two toolchains", () => {
  const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });

  it("are the same whatever the time", () => {
    const one = { urn: "a", outputs: { secret: "x" }, modified: "2026-01-01" };
    assert.deepEqual(stateDifferences(state(one), state({ ...one, modified: "2026-01-02" })), []);
  });

  it("differ in fields, which are named without their values", () => {
    const different = stateDifferences(
      state({ urn: "a", outputs: { secret: "x" } }, { urn: "b" }),
      state({ urn: "a", outputs: { secret: "y" }, id: "1" }, { urn: "c" }),
    );
    assert.deepEqual(different, ["a: outputs differs", "a: id differs", "b: gone", "c: new"]);
  });
});
