/** The storefront's certificate, read out of Barbican for servers that end TLS themselves. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Certificate } from "../core/certificate";
import type { CloudApi } from "./api";
import { readContainer, secretPath } from "./barbican";

const secretSchema = z.object({ content_types: z.object({ default: z.string() }) });

/**
 * @param containerRef Barbican's reference of a container of type certificate
 * @throws Error when it is none, or its certificate and key are no use to a server
 */
export async function readCertificate(api: CloudApi, containerRef: string): Promise<Certificate> {
  const id = /\/v1\/containers\/([^/]+)\/?$/.exec(containerRef)?.[1];
  if (!id) throw new Error("must be a container of type certificate, whose key the servers can be given");
  const container = await readContainer(api, id);
  const read = async (name: string): Promise<string | undefined> => {
    const ref = container.secret_refs.find((one) => one.name === name)?.secret_ref;
    return ref === undefined ? undefined : payload(api, ref);
  };
  const names = ["certificate", "private_key", "private_key_passphrase", "intermediates"];
  const [own, key, passphrase, intermediates] = await Promise.all(names.map(read));
  if (!own || !key) throw new Error(`is of type ${container.type} and holds no ${own ? "private_key" : "certificate"}`);
  return usable({ own, key, passphrase, intermediates });
}

async function payload(api: CloudApi, secretRef: string): Promise<string> {
  const path = secretPath(secretRef);
  // Barbican gives a payload only to those who ask for its own type.
  const { content_types: types } = secretSchema.parse(await api.call("key-manager", path));
  return api.text("key-manager", `${path}/payload`, types.default);
}

interface Parts {
  readonly own: string;
  readonly key: string;
  readonly passphrase: string | undefined;
  readonly intermediates: string | undefined;
}

function usable({ own, key, passphrase, intermediates }: Parts): Certificate {
  const certificate = parsed("certificate", () => new X509Certificate(own));
  const privateKey = parsed("private_key", () => createPrivateKey({ key, passphrase: passphrase?.trim() }));
  if (!certificate.checkPrivateKey(privateKey)) throw new Error("holds a private_key that is not the certificate's");
  if (Date.parse(certificate.validTo) < Date.now()) throw new Error(`expired on ${certificate.validTo}`);
  return {
    chain: [own, intermediates ?? ""].map((pem) => (pem ? `${pem.trim()}\n` : "")).join(""),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** The cause is not told: it may quote what it could not read. */
function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new Error(`holds a ${what} that is not in PEM form, or that its passphrase does not open`);
  }
}
