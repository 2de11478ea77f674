/** A keeper beside the small store of the role tests. */
import { type KeeperRoleArgs, keeperRole } from "../../components/cloud-init/roles/keeper";
import { certificates } from "../../components/database/certificates";
import { DATABASE, FLAVOR, SEED } from "./role-args";

export const KEEPER = "10.20.1.20";
export const SWIFT = "10.20.1.30";
export const CONTAINER = `http://${SWIFT}/v1/AUTH_p/backups`;
export const KEEPER_SECRETS = {
  password: "Keeper_password.0~",
  restorer: "Restorer_password.0~",
  writer: "Writer_secret.0~",
  reader: "Reader_secret.0~",
  grower: "Grower_secret.0~",
};
/** Of a volume that may become as large as 3 GiB. */
export const GROWTH = {
  to: 3,
  url: `http://${SWIFT}/v3/p/volumes/the-volume/action`,
  credential: { id: "keeper-grower", secret: KEEPER_SECRETS.grower },
};
/** Of these tests alone. */
const RECIPIENT = "age1ps027c8cu9afkvs24fkzmsruec9fzxee4yxc65wswxpljusw892sadf7ts";
export const IDENTITY = "AGE-SECRET-KEY-1ZK8TSRJHC5FVZ8UFTUPZUVVFNVVLF9LQLG2GJXLKXKUWR6AKXU3S9JX8YT";
export const OTHER_IDENTITY = "AGE-SECRET-KEY-13URJFLAXXHJP3YRGPJFJ6HMFQ3C7NEJVNAW5NUX292PVVKMF926Q4505FK";

export const keeper = async (more: Partial<KeeperRoleArgs> = {}) => keeperRole({ ...(await keeperArgs()), ...more });

export async function keeperArgs(): Promise<KeeperRoleArgs> {
  const tls = await certificates(SEED, "ecommerce-test", DATABASE.host);
  return {
    store: "ecommerce-test",
    flavor: FLAVOR,
    database: { ...DATABASE, password: KEEPER_SECRETS.password, caCertificate: tls.caCertificate },
    swift: {
      authUrl: `http://${SWIFT}/v3`,
      containerUrl: CONTAINER,
      writer: { id: "keeper-writer", secret: KEEPER_SECRETS.writer },
      reader: { id: "keeper-reader", secret: KEEPER_SECRETS.reader },
    },
    recipient: RECIPIENT,
    identity: IDENTITY,
    baseHours: 24,
    keepDays: 14,
    drillHours: 24,
  };
}
