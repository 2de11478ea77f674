/** What this project has for itself on a database server, and what it allows to others. */

/** Where the server keeps which accounts this project has made. */
export const ACCOUNTS_SCHEMA = "ecommerce_accounts";

/** Connections that each reader may have at once. */
export const READER_CONNECTIONS = 5;

/** Where the server and the keeper tell each other what is backed up. */
export const BACKUPS_SCHEMA = "ecommerce_backups";

/** User that backs up. */
export const KEEPER = "ecommerce_keeper";

/** User that restores, as long as the server waits for that. */
export const RESTORER = "ecommerce_restorer";
