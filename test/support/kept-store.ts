/** A store's database and its keeper on one wire, with the Swift that they back up to. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { databaseRole, type RestoreArgs } from "../../components/cloud-init/roles/database";
import { eventually } from "./eventually";
import { CONTAINER, IDENTITY, KEEPER, KEEPER_SECRETS, keeper as keeperOf, SWIFT } from "./keeper-args";
import { Machine } from "./machine";
import { BASE, DATABASE, databaseArgs, roles } from "./role-args";
import { buildRoots } from "./roots";
import { Volume } from "./volume";
import { Wire } from "./wire";

const AS_KEEPER = "setpriv --reuid=keeper --regid=keeper --clear-groups python3 -B";
const PROGRAMS = "/usr/local/lib/ecommerce/keeper";

export class KeptStore {
  private readonly volumes: Volume[] = [];
  private databaseNow: Machine | undefined;
  private keeperNow: Machine | undefined;

  private constructor(
    readonly folder: string,
    private readonly roots: string,
    readonly wire: Wire,
  ) {}

  /** Swift stands, and nothing else. */
  static async create(): Promise<KeptStore> {
    const roots = await buildRoots({
      database: renderImageScript((await roles()).database, BASE),
      keeper: renderImageScript(await keeperOf(), BASE),
    });
    const wire = await Wire.create();
    await wire.plug("database", [DATABASE.host]);
    await wire.plug("keeper", [KEEPER]);
    await wire.plug("swift", [SWIFT]);
    wire.serve("swift", "swift.py");
    return new KeptStore(await mkdtemp(path.join(tmpdir(), "ecommerce-keeper-")), roots, wire);
  }

  get database(): Machine {
    assert.ok(this.databaseNow);
    return this.databaseNow;
  }

  get keeper(): Machine {
    assert.ok(this.keeperNow);
    return this.keeperNow;
  }

  async volume(id: string): Promise<Volume> {
    const volume = await Volume.create(this.folder, id, 1024);
    this.volumes.push(volume);
    return volume;
  }

  /** Of a volume that the running database has. */
  async snapshotOf(volume: Volume, id: string): Promise<Volume> {
    await this.database.exec("fsfreeze --freeze /srv/database");
    const copy = await volume.copied(this.folder, id);
    this.volumes.push(copy);
    await this.database.exec("fsfreeze --unfreeze /srv/database");
    return copy;
  }

  /** Boots a database server, in the place of the one before it. @returns what waits until it has booted */
  async databaseOn(volume: Volume, restore?: RestoreArgs, snapshot?: string): Promise<() => Promise<void>> {
    const backups = { keeperPassword: KEEPER_SECRETS.password, restore };
    const role = databaseRole({ ...(await databaseArgs()), volumeId: volume.id, snapshot, backups });
    const userData = renderUserData(role, { hostname: "database", mode: "image", base: BASE });
    await this.databaseNow?.remove();
    const database = await Machine.create({ name: "database", root: "database", roots: this.roots, userData, volume });
    this.databaseNow = database;
    const booted = database.boot();
    return async () => assert.equal((await booted).status, "ready", await database.read("/var/log/ecommerce.log"));
  }

  /** A keeper that is still off, in the place of the one before it. */
  async keeperWith(more: Parameters<typeof keeperOf>[0] = {}): Promise<Machine> {
    const userData = renderUserData(await keeperOf(more), { hostname: "keeper", mode: "image", base: BASE });
    await this.keeperNow?.remove();
    this.keeperNow = await Machine.create({ name: "keeper", root: "keeper", roots: this.roots, userData });
    return this.keeperNow;
  }

  async sql(statement: string): Promise<string> {
    await this.database.write("/run/statement.sql", statement);
    return this.database.exec("mysql -N </run/statement.sql");
  }

  async insert(note: string): Promise<void> {
    await this.sql(`INSERT INTO opencart.oc_order (note) VALUES ('${note}')`);
  }

  /** The database's clock, in seconds since 1970. */
  async second(): Promise<number> {
    return Number(await this.sql("SELECT floor(UNIX_TIMESTAMP(NOW(3)))"));
  }

  /** Where the database's log ends. */
  async logEnd(): Promise<{ readonly file: string; readonly position: number }> {
    const [file = "", position] = (await this.sql("SHOW MASTER STATUS")).split("\t");
    return { file, position: Number(position) };
  }

  /** Asks Swift, as somebody who may do all. */
  async swift(...args: string[]): Promise<string> {
    return this.wire.curl("--retry", "5", "--retry-all-errors", "-H", "X-Auth-Token: test", ...args);
  }

  /** Names of the backups' objects. */
  async objects(): Promise<string[]> {
    const rows: readonly { readonly name: string }[] = JSON.parse(await this.swift(`${CONTAINER}?format=json`));
    return rows.map(({ name }) => name);
  }

  async found(pattern: RegExp): Promise<string> {
    const name = (await this.objects()).find((one) => pattern.test(one));
    assert.ok(name, `no object is named ${pattern}`);
    return name;
  }

  /** Waits until all of the log is in Swift. */
  async allInSwift(seconds: number): Promise<void> {
    const { file, position } = await this.logEnd();
    const end = async () => {
      const pattern = new RegExp(`/log/${file}/\\w+-(\\d{12})-`);
      return Math.max(0, ...(await this.objects()).map((name) => Number(pattern.exec(name)?.[1] ?? 0)));
    };
    await eventually(end, (bytes) => bytes >= position, seconds);
  }

  /** Runs one of the keeper's programs. @returns what it says, with its code at the end */
  async ranAsKeeper(command: string): Promise<string> {
    return this.keeper.exec(`timeout 120 ${AS_KEEPER} ${PROGRAMS}/${command} 2>&1; echo "code $?"`);
  }

  /** Runs the keeper as if its server were another one. @param patch in Python, before it starts @returns what ends it */
  async keeperAsIf(patch: string): Promise<() => Promise<void>> {
    const { keeper } = this;
    await keeper.exec("systemctl stop ecommerce-keeper");
    const lines = ["import runpy, shutil, sys, time", patch, `sys.path.insert(0, "${PROGRAMS}")`];
    const run = `runpy.run_path("${PROGRAMS}/keeper.py", run_name="__main__")`;
    await keeper.write("/run/as-if.py", `${lines.join("\n")}\n${run}\n`);
    await keeper.exec(`setsid ${AS_KEEPER} /run/as-if.py </dev/null >/run/as-if.log 2>&1 & echo $! >/run/as-if.pid`);
    return async () => {
      await keeper.exec("kill -KILL $(cat /run/as-if.pid); sleep 0.5; systemctl restart ecommerce-keeper");
    };
  }

  async killKeeper(): Promise<void> {
    await this.keeper.exec("kill -KILL $(cat /run/ecommerce-keeper.pid)");
  }

  /** Notes all command lines on the keeper from now on. */
  async watch(): Promise<void> {
    await this.keeper.exec("(while sleep 0.1; do ps -eo args; done) >>/run/seen-processes 2>&1 &");
  }

  /** None of those, no log and no state of the keeper's shows a secret. */
  async assertNoSecretShown(): Promise<void> {
    await this.keeper.write("/run/secrets", `${[...Object.values(KEEPER_SECRETS), IDENTITY].join("\n")}\n`);
    const places = "/run/seen-processes /var/log/*.log /var/lib/ecommerce";
    assert.equal(await this.keeper.exec(`grep -rsF -f /run/secrets ${places} || true`), "");
    assert.ok(Number(await this.keeper.exec("grep -c keeper.py /run/seen-processes")) > 5);
  }

  async remove(): Promise<void> {
    for (const one of [this.keeperNow, this.databaseNow]) await one?.remove();
    for (const one of this.volumes) await one.remove();
    await this.wire.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}
