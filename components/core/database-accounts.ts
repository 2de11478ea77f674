/** What this project has for itself on a database server, and what it allows to others. */
import { cidrOf } from "./cidr";

/** Where the server keeps which accounts this project has made. */
export const ACCOUNTS_SCHEMA = "ecommerce_accounts";

/** Connections that each reader may have at once. */
export const READER_CONNECTIONS = 5;

/** Characters of a generated password. */
export const PASSWORD_LENGTH = 32;

/** `10.20.1.0/24` as MySQL writes it: `10.20.1.0/255.255.255.0`. */
export function hostMask(cidr: string): string {
  const { prefix } = cidrOf(cidr);
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  const octets = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff);
  return `${cidr.split("/")[0]}/${octets.join(".")}`;
}

/** Where the server and the keeper tell each other what is backed up. */
export const BACKUPS_SCHEMA = "ecommerce_backups";

/** User that backs up. */
export const KEEPER = "ecommerce_keeper";

/** User that restores, as long as the server waits for that. */
export const RESTORER = "ecommerce_restorer";
