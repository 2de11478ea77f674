/** A server's certificate with its key. */
export interface Certificate {
  /** PEM: the server's own first, then those of the authorities between it and the browsers' own. */
  readonly chain: string;
  /** PEM, PKCS#8, without a passphrase. Secret. */
  readonly privateKey: string;
}

/** What a member of a pair shows the others, whichever of the two has called. PEM. */
export interface MemberCertificate {
  readonly certificate: string;
  readonly key: string;
}
