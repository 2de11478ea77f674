/**
 * The database's certificates, as a pure function of a seed: the same seed gives the same bytes on every run, so they
 * need no resource of their own. The seed is a generated secret that never leaves the stack's state; the authority's
 * key exists only while this runs.
 */
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { MemberCertificate } from "../core/certificate";

export interface Certificates {
  /** All PEM. */
  readonly caCertificate: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
}

const ALGORITHM = { name: "Ed25519" };
/** An Ed25519 key in PKCS #8 is this and the 32 bytes themselves (RFC 8410). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
/** Fixed, or a certificate would be another one at every run. A new seed is the way to new certificates. */
const NOT_BEFORE = new Date("2025-01-01T00:00:00Z");
const NOT_AFTER = new Date("2055-01-01T00:00:00Z");

const VALIDITY = { notBefore: NOT_BEFORE, notAfter: NOT_AFTER, signingAlgorithm: ALGORITHM };

const authorityOf = async (seed: string, owner: string) => ({
  authority: await keyPair(seed, "authority"),
  issuer: `CN=${owner} database authority`,
});

/**
 * @param seed any text with at least 32 bytes of entropy
 * @param owner `<project>-<stack>`, named in the authority's subject
 * @param address IPv4 address that the server's certificate is for
 */
export async function certificates(seed: string, owner: string, address: string): Promise<Certificates> {
  const { authority, issuer } = await authorityOf(seed, owner);
  const server = await keyPair(seed, "server");
  const caCertificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...VALIDITY,
    serialNumber: serial(seed, "authority"),
    name: issuer,
    keys: authority.keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  const serverCertificate = await x509.X509CertificateGenerator.create({
    ...VALIDITY,
    serialNumber: serial(seed, address),
    subject: `CN=${address}`,
    issuer,
    publicKey: server.keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "ip", value: address }]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  return {
    caCertificate: `${caCertificate.toString("pem")}\n`,
    serverCertificate: `${serverCertificate.toString("pem")}\n`,
    serverKey: server.pem,
  };
}

/**
 * @param seed and @param owner as of `certificates`, whose authority signs it
 * @param member its name, e.g. `db-1`
 */
export async function memberCertificate(seed: string, owner: string, member: string): Promise<MemberCertificate> {
  const { authority, issuer } = await authorityOf(seed, owner);
  const { keys, pem } = await keyPair(seed, `member ${member}`);
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    ...VALIDITY,
    serialNumber: serial(seed, `member ${member}`),
    subject: `CN=${member}`,
    issuer,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: pem };
}

async function keyPair(seed: string, purpose: string) {
  const der = Buffer.concat([PKCS8_HEAD, createHash("sha256").update(`${purpose}\0${seed}`).digest()]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  const { subtle } = crypto;
  const keys = {
    privateKey: await subtle.importKey("pkcs8", new Uint8Array(der), ALGORITHM, false, ["sign"]),
    publicKey: await subtle.importKey("spki", new Uint8Array(spki), ALGORITHM, true, ["verify"]),
  };
  return { keys, pem: String(key.export({ format: "pem", type: "pkcs8" })) };
}

/** Positive, and of the 20 bytes that RFC 5280 allows at most. */
function serial(seed: string, purpose: string): string {
  return `01${createHash("sha256").update(`serial\0${purpose}\0${seed}`).digest("hex").slice(0, 30)}`;
}
