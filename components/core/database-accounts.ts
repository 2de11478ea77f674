/** What this project has for itself on a database server, and what it allows to others. */

/** Where the server keeps which accounts this project has made. */
export const ACCOUNTS_SCHEMA = "ecommerce_accounts";

/** Connections that each reader may have at once. */
export const READER_CONNECTIONS = 5;
