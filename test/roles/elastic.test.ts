import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { shopRelease } from "../../commands/store/release";
import { type BootMode, type Role, renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { environment } from "../../components/scaling/nested";
import { timed } from "../support/figures";
import { Machine } from "../support/machine";
import { boots, onTheImage } from "../support/rack";
import { BASE, DATABASE, roles, VOLUME_ID } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { cloudConfigOf, servedUserData } from "../support/user-data";
import { Volume } from "../support/volume";
import { Wire } from "../support/wire";

const ADDRESS = "10.20.1.11";
const SWIFT = "10.20.1.50";
const MEDIA = {
  authUrl: `http://${SWIFT}/v3`,
  containerUrl: `http://${SWIFT}/v1/AUTH_p/media`,
  credentialId: "credential",
  secret: "secret",
};

describe("a member of an elastic group whose user data is too long as it is, on a real root", function () {
  this.timeout("10m");
  let folder: string;
  let roots: string;
  let wire: Wire;
  let volume: Volume;
  const machines: Machine[] = [];

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-elastic-"));
    const plain = await roles();
    roots = await buildRoots({
      services: renderImageScript(plain.services, BASE),
      database: renderImageScript(plain.database, BASE),
    });
    wire = await Wire.create();
    await wire.plug("database", [DATABASE.host]);
    await wire.plug("member", [ADDRESS]);
    await wire.plug("swift", [SWIFT]);
    wire.serve("swift", "swift.py");
    volume = await Volume.create(folder, VOLUME_ID, 1024);
  });

  after(async () => {
    for (const machine of machines) await machine.remove();
    await volume?.remove();
    await wire?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** What Heat is given for a group of this role. */
  const sent = (role: Role, mode: BootMode): string => {
    const text = renderUserData(role, { hostname: undefined, mode, base: BASE });
    return JSON.parse(environment(text)).parameter_defaults.user_data;
  };

  it("boots: an app server with uploads in Swift that installs its packages", async () => {
    const baked = onTheImage(await shopRelease(folder));
    const all = await roles(baked.release, MEDIA);
    const database = await Machine.create({
      name: "database",
      root: "database",
      roots,
      volume,
      userData: renderUserData(all.database, { hostname: "database", mode: "image", base: BASE }),
    });
    machines.push(database);
    await boots(database);

    const userData = sent(all.services, "packages");
    // Otherwise this would be about user data as Nova takes it anyway.
    assert.deepEqual(
      cloudConfigOf(servedUserData(userData, "heat")).write_files.map((file) => file.path),
      ["/run/ecommerce-files"],
    );
    const member = await Machine.create({
      name: "member",
      root: "bare",
      roots,
      userData,
      through: "heat",
      files: baked.files,
    });
    machines.push(member);
    await timed("services role through Heat, by packages, with uploads in Swift: first boot", () => boots(member));
    assert.equal(await wire.curl(`http://${ADDRESS}/healthz`), "ok");
    assert.match(await wire.curl("-i", `http://${ADDRESS}/`), /^HTTP\/1\.1 200/);
    const mode = "stat -c '%a %U:%G' /etc/ecommerce/media.json /run/ecommerce-files 2>/dev/null || true";
    assert.equal(await member.exec(mode), "640 root:www-data");
  });
});
