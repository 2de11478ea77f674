/** The key pair of backups, as the tool `age` writes them: https://github.com/C2SP/C2SP/blob/main/age.md#the-x25519-recipient-type */
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { bech32 } from "@scure/base";

export interface BackupKey {
  /** `AGE-SECRET-KEY-1…`, which opens backups. */
  readonly identity: string;
  /** `age1…`, which is enough to make them. */
  readonly recipient: string;
}

/** Before the 32 bytes of an X25519 private key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");

/** @param seed random text; the same one gives the same key */
export function backupKey(seed: string): BackupKey {
  const secret = createHash("sha256").update(`ecommerce backups ${seed}`).digest();
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: "der", type: "pkcs8" });
  const shared = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  return {
    identity: bech32.encodeFromBytes("age-secret-key-", secret).toUpperCase(),
    recipient: bech32.encodeFromBytes("age", shared),
  };
}
