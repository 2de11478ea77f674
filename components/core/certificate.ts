/** A server's certificate with its key. */
export interface Certificate {
  /** PEM: the server's own first, then those of the authorities between it and the browsers' own. */
  readonly chain: string;
  /** PEM, PKCS#8, without a passphrase. Secret. */
  readonly privateKey: string;
}
