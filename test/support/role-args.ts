/** The three roles, as a small store would have them. */
import { type DatabaseRoleArgs, databaseRole } from "../../components/cloud-init/roles/database";
import type { MailRelay } from "../../components/cloud-init/roles/mail";
import type { MediaCredential } from "../../components/cloud-init/roles/media";
import { type Release, servicesRole } from "../../components/cloud-init/roles/services";
import { webRole } from "../../components/cloud-init/roles/web";
import { accessSchema } from "../../components/config/access-schema";
import { accountsKey, sealAccounts, type WantedAccounts } from "../../components/core/wanted-accounts";
import { certificates } from "../../components/database/certificates";

export const FLAVOR = { name: "m1.small", vcpus: 1, ram: 2048, disk: 20 };
export const VOLUME_ID = "673c1137-9d23-4208-a39d-05e71b694faf";
export const DATABASE = { host: "10.20.2.10", port: 3306 };
export const PASSWORDS = { store: "Store_password.0~", reader: "Reader_password.0~", admin: "Admin_passw.0~" };

/** Who may open what, and how often, unless a test is about it: as a stack file that says nothing of it. */
export const DOOR = { backoffice: ["10.20.0.10/32"], limits: accessSchema.parse({}).limits };

export const SEED = "a seed of at least thirty-two bytes, for tests";
const CLIENTS = "10.20.1.0/24";
const certificate = () => certificates(SEED, "ecommerce-test", DATABASE.host);

export type DatabaseAccounts = Omit<WantedAccounts, "clients">;
export const ACCOUNTS: DatabaseAccounts = {
  stores: { opencart: PASSWORDS.store },
  readers: { reports: PASSWORDS.reader },
};
/** What Nova tells a database server of `databaseArgs` about who may use it. */
export const accountsMetadata = (accounts = ACCOUNTS) => sealAccounts(SEED, { clients: CLIENTS, ...accounts });

export async function databaseArgs(): Promise<DatabaseRoleArgs> {
  return {
    flavor: FLAVOR,
    address: DATABASE.host,
    port: DATABASE.port,
    volumeId: VOLUME_ID,
    owner: "ecommerce-test",
    resolves: false,
    clients: CLIENTS,
    accountsKey: accountsKey(SEED),
    tls: await certificate(),
  };
}

/** @param media where uploads go to Swift @param mail where the shop sends mail */
export async function roles(release?: Release, media?: MediaCredential, mail?: MailRelay) {
  const tls = await certificate();
  return {
    web: webRole({
      flavor: FLAVOR,
      appVip: "10.20.1.10",
      hsts: 31_536_000,
      staticUrl: "https://swift.example.com/v1/AUTH_p/ecommerce-test-static/",
      cache: 5,
      ...DOOR,
      clients: { come: "through a balancer", cidr: "10.20.0.0/24", https: true },
    }),
    services: servicesRole({
      flavor: FLAVOR,
      balancers: ["10.20.1.0/24", "10.20.0.0/24"],
      release,
      database: { ...DATABASE, store: "opencart", password: PASSWORDS.store, caCertificate: tls.caCertificate },
      shop: { url: "http://10.20.0.11/", adminEmail: "admin@example.com", adminPassword: PASSWORDS.admin },
      media,
      mail,
    }),
    database: databaseRole(await databaseArgs()),
  };
}

export const BASE = { securityUpdates: true, timeServers: [] };
