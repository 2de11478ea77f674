/** Throw-away machines that belong together: on one wire, with a volume for the database, and gone together. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Release } from "../../commands/store/release";
import { type Role, renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { Machine } from "./machine";
import { BASE, VOLUME_ID } from "./role-args";
import { buildRoots, type MachineRole } from "./roots";
import { Volume } from "./volume";
import { Wire } from "./wire";

/** A release as an image has it. @returns what roles are told of it, and the files that a machine then needs */
export function onTheImage({ archive, sha256 }: Pick<Release, "archive" | "sha256">) {
  const place = "/opt/release.zip";
  return { release: { url: `file://${place}`, sha256 }, files: { [place]: archive } };
}

export class Rack {
  private readonly machines = new Map<string, Machine>();
  private volume: Volume | undefined;

  private constructor(
    /** For files of the test's own. */
    readonly folder: string,
    readonly wire: Wire,
    private readonly roots: string,
  ) {}

  /** @param images the roles whose golden images machines boot from */
  static async create(purpose: string, images: Partial<Readonly<Record<MachineRole, Role>>>): Promise<Rack> {
    const scripts = Object.entries(images).map(([name, role]) => [name, renderImageScript(role, BASE)]);
    const roots = await buildRoots(Object.fromEntries(scripts));
    return new Rack(await mkdtemp(path.join(tmpdir(), `ecommerce-${purpose}-`)), await Wire.create(), roots);
  }

  /**
   * A machine that is still off, in the place of the one that had its name; a database has the volume of the one before it.
   * @param root whose golden image it boots from
   * @param files to lie on it: path on the machine → file here
   */
  async machine(name: string, root: MachineRole, role: Role, files: Readonly<Record<string, string>> = {}) {
    await this.machines.get(name)?.remove();
    const userData = renderUserData(role, { hostname: name, mode: "image", base: BASE });
    if (root === "database") this.volume ??= await Volume.create(this.folder, VOLUME_ID, 1024);
    const volume = root === "database" && this.volume ? { volume: this.volume } : {};
    const machine = await Machine.create({ name, root, roots: this.roots, userData, files, ...volume });
    this.machines.set(name, machine);
    return machine;
  }

  /** @throws Error where there is no such machine */
  named(name: string): Machine {
    const machine = this.machines.get(name);
    if (!machine) throw new Error(`there is no machine ${name}`);
    return machine;
  }

  async remove(): Promise<void> {
    for (const machine of this.machines.values()) await machine.remove();
    await this.volume?.remove();
    await this.wire.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Boots a machine. @throws AssertionError with what it said, unless it is ready then */
export async function boots(machine: Machine): Promise<void> {
  const { status } = await machine.boot();
  assert.equal(status, "ready", `${machine.name}: ${await machine.read("/var/log/ecommerce.log")}`);
}
