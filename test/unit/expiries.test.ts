import assert from "node:assert/strict";
import { endings } from "../../commands/doctor/checks/expiries";
import { CloudView } from "../../commands/doctor/cloud-view";
import { inTime } from "../../components/cloud/expiries";
import { validate } from "../../components/config/validate";
import { certificates } from "../../components/database/certificates";
import { fakeEndpoint, type Reply } from "../support/fake-endpoint";
import { SMALLEST } from "../support/stack-files";

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000 + 3_600_000);
/** As OpenStack writes it. */
const stamp = (days: number) => inDays(days).toISOString().replace("Z", "000");
const date = (days: number) => inDays(days).toISOString().slice(0, 10);

interface Keystone {
  readonly token?: object;
  readonly credentials?: readonly object[];
  readonly trusts?: readonly object[];
  readonly owner?: string;
  /** Of Barbican's secrets, by name. */
  readonly secrets?: Readonly<Record<string, { readonly expiration?: string | null; readonly payload?: string }>>;
  readonly refuse?: RegExp;
}

async function look(cloud: Keystone, config: object = {}) {
  const { token = {}, credentials = [], trusts = [], owner, secrets = {}, refuse } = cloud;
  const answer = (path: string): object | string => {
    if (path.includes("/auth/tokens"))
      return { token: { user: { id: "u", name: "ann" }, methods: ["password"], ...token } };
    if (path.includes("/application_credentials")) return { application_credentials: credentials };
    if (path.includes("/OS-TRUST/")) return { trusts };
    if (path.startsWith("/stacks")) return { stacks: [{ stack_name: "shop-dev-web", stack_owner: owner ?? "ann" }] };
    if (path.startsWith("/v1/containers?"))
      return { containers: [{ name: "storefront", container_ref: "http://b/v1/containers/c" }] };
    if (path.startsWith("/v1/containers/"))
      return {
        type: "certificate",
        secret_refs: Object.keys(secrets).map((name) => ({ name, secret_ref: `http://b/v1/secrets/${name}` })),
      };
    const [, , , name = "", payload] = path.split("/");
    if (payload) return secrets[name]?.payload ?? "";
    return { expiration: secrets[name]?.expiration ?? null, content_types: { default: "text/plain" } };
  };
  const services = ["identity", "key-manager", "orchestration"];
  const { session, close } = await fakeEndpoint(services, ({ url = "" }): Reply => {
    if (refuse?.test(url)) return { status: 403, body: "{}" };
    const said = answer(url);
    return { body: typeof said === "string" ? said : JSON.stringify(said) };
  });
  const found = await endings(new CloudView(session), validate("ecommerce", { ...SMALLEST, ...config }), "shop-dev");
  close();
  return found.map(({ state, key, text }) => `${state} ${key}: ${text.split(":")[0]}`);
}

const TLS = { balancing: { tls: { container: "storefront" } } };
const AUTO = { web: { ...SMALLEST.web, scaling: { mode: "auto" } } };

describe("what ends by itself", () => {
  it("is told of the application credential that signs in, and of the store's own, 30 days before and not 31", async () => {
    const token = {
      methods: ["application_credential"],
      application_credential: { id: "a", name: "ci", restricted: false },
    };
    const credential = (id: string, days: number, description = "shop-dev: for uploads") => ({
      id,
      name: id,
      description,
      expires_at: stamp(days),
    });
    const credentials = [
      credential("a", 12, "for CI"),
      credential("media", 29),
      credential("later", 30),
      credential("other", 3, "shop-prod: for uploads"),
      { ...credential("endless", 0), expires_at: null },
    ];
    assert.deepEqual(await look({ token, credentials }), [
      `unknown cloud: the application credential "a" that you sign in with ends on ${date(12)}, in 12 days`,
      `unknown cloud: the store's application credential "media" ends on ${date(29)}, in 29 days`,
    ]);
    assert.deepEqual(await look({ token, credentials: [credential("media", -2)] }), [
      `wrong cloud: the store's application credential "media" ended on ${date(-2)}`,
    ]);
    assert.deepEqual(await look({ credentials: [credential("later", 30)] }), [
      `fine expiry: nothing ends before ${date(30)}`,
    ]);
  });

  it("is told of a password, and of none where nobody signs in by it", async () => {
    const user = { id: "u", name: "ann", password_expires_at: stamp(5) };
    assert.deepEqual(await look({ token: { user } }), [
      `unknown cloud: the password that you sign in with ends on ${date(5)}, in 5 days`,
    ]);
    assert.deepEqual(await look({ token: { user, methods: ["application_credential"] } }), []);
  });

  it("is told of the certificate itself, and of Barbican's secrets around it", async () => {
    const seed = "a seed of at least thirty-two bytes, for tests";
    const { serverCertificate: payload } = await certificates(seed, "ecommerce-test", "10.20.2.10");
    const secrets = { certificate: { payload }, private_key: { expiration: stamp(20) } };
    assert.deepEqual(await look({ secrets }, TLS), [
      `unknown balancing.tls.container: Barbican's secret "private_key" of the certificate ends on ${date(20)}, in 20 days`,
    ]);
    const [long] = await look({ secrets: { certificate: { payload } } }, TLS);
    assert.match(long ?? "", /^fine expiry: nothing ends before 2055-/);
    assert.deepEqual(await look({ secrets: { certificate: { payload: "no PEM" } } }, TLS), []);
    assert.deepEqual(await look({ secrets: { certificate: { payload } }, refuse: /payload/ }, TLS), [
      "unknown balancing.tls.container: when it ends cannot be read",
    ]);
  });

  it("is told of trusts, and of a group whose trust is another's", async () => {
    const trusts = [
      { id: "t", expires_at: stamp(1) },
      { id: "endless", expires_at: null },
    ];
    assert.deepEqual(await look({ trusts }, AUTO), [
      `unknown scaling: your trust t, by which a service such as Heat acts for you, ends on ${date(1)}, in 1 day`,
    ]);
    assert.deepEqual(await look({ trusts }), []);
    assert.deepEqual(await look({ owner: "bob" }, AUTO), [
      "unknown web.scaling: Heat acts for the user bob, who made the group",
    ]);
    assert.deepEqual(await look({ owner: "ann" }, AUTO), []);
  });

  it("is no reason to fail where a member may not ask Keystone", async () => {
    assert.deepEqual(await look({ refuse: /application_credentials|OS-TRUST/ }, AUTO), []);
  });

  it("is told in the order in which it ends", () => {
    const now = new Date("2026-11-27T12:00:00Z");
    const one = (what: string, until: string) => ({ key: "cloud", what, until: new Date(until), remediation: "do" });
    const all = [
      one("b", "2026-12-26T12:00:00Z"),
      one("a", "2026-11-28T12:00:00Z"),
      one("gone", "2026-11-27T12:00:00Z"),
      one("far", "2026-12-27T12:00:00Z"),
    ];
    const { over, soon } = inTime({ all, owners: [], unread: [] }, now);
    assert.deepEqual(
      over.map(({ text }) => text),
      ["gone ended on 2026-11-27: do"],
    );
    assert.deepEqual(
      soon.map(({ text }) => text),
      ["a ends on 2026-11-28, in 1 day: do", "b ends on 2026-12-26, in 29 days: do"],
    );
  });
});
