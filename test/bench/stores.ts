/** Two stores side by side on throw-away machines: ours as users get it, and the original's set-up. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Release, shopRelease } from "../../commands/store/release";
import { type Role, renderImageScript, renderUserData, script } from "../../components/cloud-init/role";
import { databaseRole } from "../../components/cloud-init/roles/database";
import { servicesRole } from "../../components/cloud-init/roles/services";
import { webRole } from "../../components/cloud-init/roles/web";
import { shopSchema } from "../../components/config/shop-schema";
import { accountsKey, sealAccounts } from "../../components/core/wanted-accounts";
import { certificates } from "../../components/database/certificates";
import { Machine } from "../support/machine";
import { DOOR } from "../support/role-args";
import { buildRoots, type MachineRole } from "../support/roots";
import { Volume } from "../support/volume";
import { spaceOf, Wire } from "../support/wire";

/** Two processors: both stores get what this machine has of them. */
export const FLAVOR = { name: "m1.medium", vcpus: 2, ram: 4096, disk: 20 };
const VOLUME_ID = "0f5d7a52-2a0e-4c38-9d3b-9a0f6a1b7c11";
const DATABASE = { host: "10.20.2.10", port: 3306 };
const ON_THE_IMAGE = "/opt/release.zip";
const BASE = { securityUpdates: false, timeServers: [] };
const PASSWORD = "Bench.password.1";
const SEED = "a seed of at least thirty-two bytes, for figures";
const CLIENTS = "10.20.1.0/24";
const ACCOUNTS = sealAccounts(SEED, { clients: CLIENTS, stores: { ours: PASSWORD, seed: PASSWORD }, readers: {} });

/** So that the original does not pay for TLS, which it did not have. */
const TALKS_IN_THE_CLEAR =
  "SET GLOBAL require_secure_transport = OFF; ALTER USER 'seed'@'10.20.1.0/255.255.255.0' REQUIRE NONE;";

export type StoreName = "ours" | "seed";
const ADDRESSES = {
  ours: { web: "10.20.0.11", app: "10.20.1.11" },
  seed: { web: "10.20.0.21", app: "10.20.1.21" },
} as const;
/** Network namespaces of a store's web and app servers. */
export const SPACES = {
  ours: [spaceOf("web"), spaceOf("services")],
  seed: [spaceOf("seedweb"), spaceOf("seedapp")],
} as const;
export const urlOf = (store: StoreName) => `http://${ADDRESSES[store].web}/`;

export class Stores {
  private readonly machines: Machine[] = [];
  private volume: Volume | undefined;

  private constructor(
    private readonly folder: string,
    readonly release: Release,
    readonly wire: Wire,
  ) {}

  /** @param cache of the configuration; none: its default */
  static async create(cache?: number): Promise<Stores> {
    const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-bench-"));
    const stores = new Stores(folder, await shopRelease(folder), await Wire.create());
    await stores.boot(cache ?? shopSchema.parse({}).cache).catch(async (cause) => {
      await stores.remove();
      throw cause;
    });
    return stores;
  }

  private async boot(cache: number): Promise<void> {
    const roles = await this.roles(cache);
    const images = Object.fromEntries(
      Object.entries(roles).map(([name, role]) => [name, renderImageScript(role, BASE)]),
    );
    const roots = await buildRoots(images);
    const places = [
      ["database", DATABASE.host],
      ["services", ADDRESSES.ours.app],
      ["web", ADDRESSES.ours.web],
      ["seedapp", ADDRESSES.seed.app],
      ["seedweb", ADDRESSES.seed.web],
    ] as const;
    this.volume = await Volume.create(this.folder, VOLUME_ID, 4096);
    for (const [name, address] of places) {
      await this.wire.plug(name, [address]);
      const isApp = name === "services" || name === "seedapp";
      const machine = await Machine.create({
        name,
        root: name,
        roots,
        userData: renderUserData(roles[name], { hostname: name, mode: "image", base: BASE }),
        ...(name === "database" ? { volume: this.volume, metadata: ACCOUNTS } : {}),
        ...(isApp ? { files: { [ON_THE_IMAGE]: this.release.archive } } : {}),
      });
      this.machines.push(machine);
      const report = await machine.boot();
      if (name === "database") await machine.exec(`mysql -e "${TALKS_IN_THE_CLEAR}"`);
      if (report.status !== "ready") throw new Error(`${name}: ${await machine.read("/var/log/ecommerce.log")}`);
    }
  }

  private async roles(
    cache: number,
  ): Promise<
    Record<Exclude<MachineRole, "balancer" | "keeper" | "pair" | "arbiter" | "operations" | "bastion">, Role>
  > {
    const tls = await certificates(SEED, "bench", DATABASE.host);
    const app = (store: StoreName) =>
      servicesRole({
        flavor: FLAVOR,
        balancers: ["10.20.0.0/24"],
        release: { url: `file://${ON_THE_IMAGE}`, sha256: this.release.sha256 },
        media: undefined,
        mail: undefined,
        database: { ...DATABASE, store, password: PASSWORD, caCertificate: tls.caCertificate },
        shop: { url: urlOf(store), adminEmail: "admin@example.com", adminPassword: PASSWORD },
      });
    const seed = (name: string, role: Partial<Role>): Role => ({
      imageFiles: [],
      bootFiles: [],
      imageSettings: {},
      settings: {},
      sysctl: {},
      ...role,
      name,
      scripts: __dirname,
    });
    const seedApp = app("seed");
    const withoutRelease = { RELEASE_URL: "", RELEASE_SHA256: "" };
    return {
      web: webRole({
        flavor: FLAVOR,
        appVip: ADDRESSES.ours.app,
        hsts: undefined,
        staticUrl: undefined,
        cache,
        backoffice: DOOR.backoffice,
        // All visitors come from one address.
        limits: { logins: 0, pages: 0, atOnce: 0, connections: 0 },
        clients: { come: "through a balancer", cidr: "10.20.0.0/24", https: false },
      }),
      // The release comes with the machine, not with the image, which other tests have as well.
      services: { ...app("ours"), imageSettings: {}, settings: app("ours").imageSettings },
      database: databaseRole({
        flavor: FLAVOR,
        address: DATABASE.host,
        port: DATABASE.port,
        volumeId: VOLUME_ID,
        owner: "bench",
        resolves: false,
        clients: CLIENTS,
        accountsKey: accountsKey(SEED),
        tls,
      }),
      seedweb: seed("seedweb", { settings: { APP_VIP: ADDRESSES.seed.app } }),
      seedapp: seed("seedapp", {
        imageFiles: [...seedApp.imageFiles, script("services.sh")],
        bootFiles: seedApp.bootFiles.filter(({ path: place }) => place.startsWith("/etc/ecommerce/")),
        imageSettings: withoutRelease,
        settings: seedApp.imageSettings,
      }),
    };
  }

  async remove(): Promise<void> {
    for (const machine of this.machines.reverse()) await machine.remove();
    await this.volume?.remove();
    await this.wire.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}
