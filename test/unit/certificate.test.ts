import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { cloudApi } from "../../components/cloud/api";
import { readCertificate } from "../../components/cloud/certificate";
import { certificates } from "../../components/database/certificates";
import { type FakeEndpoint, fakeEndpoint } from "../support/fake-endpoint";

/** Barbican, as far as a certificate takes it: payloads by name, each asked for by its own content type. */
const barbicanWith = (payloads: Readonly<Record<string, string>>) =>
  fakeEndpoint("key-manager", ({ url = "", headers }) => {
    const [, kind = "", id = "", what] = url.split("/").slice(1);
    const type = id === "private_key" ? "application/octet-stream" : "text/plain";
    const refs = Object.keys(payloads).map((name) => ({ name, secret_ref: `http://elsewhere/v1/secrets/${name}` }));
    if (kind === "containers") return { body: JSON.stringify({ type: "certificate", secret_refs: refs }) };
    if (what !== "payload") return { body: JSON.stringify({ content_types: { default: type } }) };
    return headers.accept === type ? { body: payloads[id] ?? "" } : { status: 406, body: "" };
  });

describe("the storefront's certificate in Barbican", () => {
  const endpoints: FakeEndpoint[] = [];
  const barbican = async (payloads: Readonly<Record<string, string>>) => {
    const one = await barbicanWith(payloads);
    endpoints.push(one);
    const api = cloudApi(one.session);
    return { read: (ref = "http://elsewhere/v1/containers/storefront") => readCertificate(api, ref) };
  };
  const pair = () => certificates("a seed of at least thirty-two bytes, for tests", "ecommerce-test", "10.20.2.10");

  after(() => {
    for (const { close } of endpoints) close();
  });

  it("is read with what stands between it and the browsers, each secret by its own content type", async () => {
    const { serverCertificate, serverKey, caCertificate } = await pair();
    const whole = await barbican({
      certificate: serverCertificate,
      private_key: serverKey,
      intermediates: caCertificate,
    });
    const { chain, privateKey } = await whole.read();
    assert.equal(chain.match(/BEGIN CERTIFICATE/g)?.length, 2);
    assert.ok(new X509Certificate(chain).checkPrivateKey(createPrivateKey(privateKey)));
    assert.deepEqual(await whole.read(), { chain, privateKey });
  });

  it("is opened by the passphrase that lies beside the key", async () => {
    const { serverCertificate, serverKey } = await pair();
    const sealed = createPrivateKey(serverKey)
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" })
      .toString();
    const parts = { certificate: serverCertificate, private_key: sealed };
    const { privateKey } = await (await barbican({ ...parts, private_key_passphrase: "hunter2\n" })).read();
    assert.match(privateKey, /^-----BEGIN PRIVATE KEY-----/);
    const wrong = await barbican({ ...parts, private_key_passphrase: "hunter3" });
    await assert.rejects(wrong.read(), (error: Error) => {
      assert.ok(!error.message.includes("hunter"));
      return /holds a private_key that is not in PEM form, or that its passphrase does not open/.test(error.message);
    });
  });

  it("is refused, with the reason, when servers could not use it", async () => {
    const { serverCertificate, serverKey } = await pair();
    const strange = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const other = strange.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const refusals = [
      [{ certificate: serverCertificate }, /holds no private_key/],
      [{ private_key: serverKey }, /holds no certificate/],
      [{ certificate: serverCertificate, private_key: other }, /not the certificate's/],
      [{ certificate: "MIIE", private_key: serverKey }, /certificate that is not in PEM form/],
    ] as const;
    for (const [payloads, reason] of refusals) await assert.rejects((await barbican(payloads)).read(), reason);
    const bundle = (await barbican({})).read("http://elsewhere/v1/secrets/pkcs12");
    await assert.rejects(bundle, /must be a container of type certificate/);
  });
});
