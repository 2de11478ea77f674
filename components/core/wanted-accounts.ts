/**
 * Who may use the databases, as the running server is told: sealed, in pieces, among its metadata in Nova. Metadata changes in
 * place, where user data would replace the server; but whoever reads the project reads it, so only the server can open this.
 *
 * AES-256-GCM by a key that the server has from its user data. The nonce is a keyed digest of what is sealed: the same accounts
 * give the same text, so that an `up` without a change has nothing to do, and no nonce ever serves two texts.
 */
import { createCipheriv, createHash, createHmac } from "node:crypto";
import { hostMask, PASSWORD_LENGTH, READER_CONNECTIONS } from "./database-accounts";

export interface WantedAccounts {
  /** CIDR that users may come from. */
  readonly clients: string;
  /** Password of each store's user, by the store's name. */
  readonly stores: Readonly<Record<string, string>>;
  /** Password of each user who only reads, all stores, by the user's name. */
  readonly readers: Readonly<Record<string, string>>;
}

/** Key of a piece in the server's metadata, before the piece's number, which counts from 1. */
const PIECE = "accounts-";
/** Characters that Nova takes as one value. */
const PIECE_LENGTH = 255;
/** Nova's quota of a server's metadata is 128 items as shipped; the server's labels are some of them. */
export const MOST_PIECES = 112;

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LONGEST_MASK = "255.255.255.255/255.255.255.255";

const derived = (seed: string, purpose: string) => createHash("sha256").update(`${purpose}\0${seed}`).digest();

/** In hexadecimal. @param seed random text; the same one gives the same key */
export const accountsKey = (seed: string) => derived(seed, "accounts").toString("hex");

const sorted = (passwords: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(passwords).sort(([a], [b]) => (a < b ? -1 : 1)));

/** As `scripts/accounts/statements.py` reads it; the order of names in the stack file means nothing. */
function plain(clients: string, stores: WantedAccounts["stores"], readers: WantedAccounts["readers"]): string {
  const named = { stores: sorted(stores), readers: sorted(readers) };
  return JSON.stringify({ clients, readerConnections: READER_CONNECTIONS, ...named });
}

/** Length of the plain text at its longest, which the names alone decide: a preview does not know new passwords. */
function plainLength(stores: readonly string[], readers: readonly string[]): number {
  const longest = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, "x".repeat(PASSWORD_LENGTH)]));
  return plain(LONGEST_MASK, longest(stores), longest(readers)).length;
}

/** @returns the keys of all pieces, in their order */
export function pieceKeys(stores: readonly string[], readers: readonly string[]): string[] {
  const bytes = NONCE_BYTES + plainLength(stores, readers) + TAG_BYTES;
  const count = Math.ceil((Math.ceil(bytes / 3) * 4) / PIECE_LENGTH);
  return Array.from({ length: count }, (_, index) => `${PIECE}${index + 1}`);
}

/**
 * @returns the pieces by their keys: base64 of the nonce, what is sealed, and its tag
 * @throws Error when a password is longer than generated ones are
 */
export function sealAccounts(seed: string, { clients, stores, readers }: WantedAccounts): Record<string, string> {
  const names = [Object.keys(stores), Object.keys(readers)] as const;
  const length = plainLength(...names);
  // Always as long as planned: the pieces' number is known before the passwords are.
  const text = plain(hostMask(clients), stores, readers).padEnd(length);
  if (text.length > length)
    throw new Error(`a password of a database user is longer than ${PASSWORD_LENGTH} characters`);
  const nonce = createHmac("sha256", derived(seed, "accounts nonce")).update(text).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, derived(seed, "accounts"), nonce);
  const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  const encoded = sealed.toString("base64");
  const pieces = pieceKeys(...names).map(
    (key, index) => [key, encoded.slice(index * PIECE_LENGTH, (index + 1) * PIECE_LENGTH)] as const,
  );
  return Object.fromEntries(pieces);
}

/** What the server calls these accounts when it says on its console that it has applied them. */
export function accountsMark(pieces: Readonly<Record<string, string>>): string {
  const numbered = Object.entries(pieces).sort(
    ([a], [b]) => Number(a.slice(PIECE.length)) - Number(b.slice(PIECE.length)),
  );
  const sealed = numbered.map(([, piece]) => piece).join("");
  return createHash("sha256").update(sealed).digest("hex").slice(0, 12);
}
