/** A certificate authority that nobody else knows, for servers on this machine and their clients. */
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface PrivateCa {
  readonly ca: string;
  /** For 127.0.0.1. */
  readonly server: Pair;
  readonly client: Pair;
}

export async function privateCa(): Promise<PrivateCa> {
  const dates = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) };
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...dates,
    serialNumber: "01",
    name: "CN=Private CA",
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const issued = async (serialNumber: string, name: string): Promise<Pair> => {
    const own = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.create({
      ...dates,
      serialNumber,
      subject: `CN=${name}`,
      issuer: authority.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        await AuthorityKeyIdentifierExtension.create(authority),
        new SubjectAlternativeNameExtension([
          { type: "ip", value: "127.0.0.1" },
          { type: "dns", value: "cloud.example" },
        ]),
      ],
    });
    const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.privateKey)).toString("base64");
    const key = `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
    return { cert: certificate.toString("pem"), key };
  };
  return { ca: authority.toString("pem"), server: await issued("02", "server"), client: await issued("03", "client") };
}
