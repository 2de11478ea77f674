import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { shellQuote } from "../../components/cloud-init/document";
import { unpacked } from "../../components/cloud-init/packed";
import { type BootMode, renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { accessSchema } from "../../components/config/access-schema";
import { withoutSecrets } from "../../components/config/reader";
import { TIERS } from "../../components/config/schema";
import { ConfigError, validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { ruleKey } from "../../components/core/security-rule";
import { ruleTable } from "../../components/features/connections";
import { Storefront } from "../../components/storefront";
import { run } from "../../toolchain/run";
import { record } from "../support/recorder";
import { BASE, roles } from "../support/role-args";
import { CLOUD, SMALLEST } from "../support/stack-files";

const PASSWORD = "Relay_password.0~";
const MAIL = { host: "smtp.example.com", user: "shop", from: "orders@shop.example" };
const ACCESS = { mail: ["192.0.2.25/32"] };
const release = { url: "https://example.com/opencart.zip", sha256: "0".repeat(64) };

/** Mistakes as `key: problem`. */
function mistakes(changes: object): string[] {
  try {
    validate("ecommerce", { ...SMALLEST, ...changes });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.mistakes.map(({ key, problem }) => `${key}: ${problem}`);
  }
}
const keys = (changes: object) => mistakes(changes).map((text) => text.split(":")[0]);

describe("mail and payments in a stack file", () => {
  it("need no more than a relay, a sender and a way there; TLS is the default", () => {
    const given = { shop: { mail: MAIL }, access: ACCESS, mailPassword: "[secret]" };
    const { shop } = validate("ecommerce", { ...SMALLEST, ...given });
    assert.deepEqual([shop.mail?.port, shop.mail?.tls], [587, "starttls"]);
    const { user: _, ...withoutUser } = MAIL;
    assert.deepEqual(mistakes({ shop: { mail: { ...withoutUser, tls: "none", port: 25 } }, access: ACCESS }), []);
    assert.deepEqual(mistakes({ access: { payments: ["203.0.113.0/24"] } }), []);
  });

  it("are refused in one error that names every key", () => {
    const secret = { mailPassword: "[secret]" };
    assert.deepEqual(keys({ shop: { mail: MAIL }, ...secret }), ["access.mail"]);
    assert.deepEqual(keys({ access: ACCESS }), ["shop.mail"]);
    assert.deepEqual(keys({ shop: { mail: MAIL } }), ["access.mail", "mailPassword"]);
    const { user: _, ...withoutUser } = MAIL;
    assert.deepEqual(keys({ shop: { mail: withoutUser }, access: ACCESS, ...secret }), ["shop.mail.user"]);
    assert.deepEqual(keys({ shop: { mail: { ...MAIL, tls: "none" } }, access: ACCESS, ...secret }), ["shop.mail.tls"]);
    assert.deepEqual(keys({ shop: { mail: { ...MAIL, host: "198.51.100.9" } }, access: ACCESS, ...secret }), [
      "access.mail",
    ]);
    const wrong = { host: "smtp.example.com:587", port: 0, tls: "ssl", user: "a\nb", from: "nobody", ca: "x" };
    const found = keys({ shop: { mail: wrong }, access: { mail: ["192.0.2.25"], payments: ["::/0"] } });
    for (const key of ["host", "port", "tls", "user", "from", "ca"]) assert.ok(found.includes(`shop.mail.${key}`), key);
    assert.ok(found.includes("access.mail.0") && found.includes("access.payments.0"));
  });

  it("never show the password, in no message", () => {
    const input = withoutSecrets({ ...SMALLEST, mailPassword: PASSWORD, shop: { mail: { ...MAIL, port: 0 } } });
    assert.throws(
      () => validate("ecommerce", input),
      (error) => !String(error).includes(PASSWORD),
    );
    assert.ok(!JSON.stringify(input).includes(PASSWORD));
  });
});

describe("the ways to relay and payment gateways", () => {
  it("are open to app servers alone, on the relay's port and on 443", () => {
    const table = ruleTable({
      groups: TIERS.map((name) => ({ name, tier: name })),
      cidrs: { web: "10.20.0.0/24", app: "10.20.1.0/24", db: "10.20.2.0/24" },
      appVip: "10.20.1.10",
      database: "10.20.2.10",
      access: accessSchema.parse({ mail: ["192.0.2.25/32"], payments: ["203.0.113.0/24"] }),
      mailPort: 2525,
      dnsServers: [],
      databaseEgress: true,
      balanced: "requests",
      webServesHttps: false,
      haproxy: [],
    });
    const out = table.map(ruleKey).filter((key) => /192\.0\.2|203\.0\.113/.test(key));
    assert.deepEqual(out, ["app-egress-tcp-2525-192.0.2.25/32", "app-egress-tcp-443-203.0.113.0/24"]);
  });
});

describe("the relay's password", function () {
  this.timeout("20s");
  it("is in the user data of app servers alone, which is a secret, and in one file of theirs", async () => {
    const config = validate("ecommerce", {
      ...SMALLEST,
      shop: { mail: MAIL, release },
      access: ACCESS,
      mailPassword: "[secret]",
    });
    const { recorder } = await record(
      () =>
        new Storefront("store", {
          config,
          cloud: CLOUD,
          naming: new Naming("ecommerce", "dev"),
          secrets: { mailPassword: pulumi.secret(PASSWORD), backupKey: undefined },
        }),
    );
    const servers = recorder.of("compute/instance:Instance");
    const holds = servers.filter(({ inputs }) => JSON.stringify(inputs.userData).includes(PASSWORD));
    assert.deepEqual(holds.map(({ name }) => name).sort(), ["store-app-1", "store-app-2"]);
    const mail = { ...MAIL, port: 587, tls: "starttls", password: PASSWORD } as const;
    const { services } = await roles(release, undefined, mail);
    const text = renderUserData(services, { hostname: "h", mode: "image", base: BASE });
    const files: { path: string; permissions: string; content: string }[] = parse(unpacked(text)).write_files;
    const own = files.filter(({ content }) => content.includes(PASSWORD));
    assert.deepEqual(
      own.map(({ path, permissions }) => [path, permissions]),
      [["/etc/ecommerce/mail.json", "0600"]],
    );
    const script = renderImageScript(services, BASE);
    assert.ok(!script.includes(Buffer.from(PASSWORD).toString("base64").slice(4, -4)));
  });
});

describe("an image that was baked before the store needed something", function () {
  this.timeout("20s");
  const settingsOf = async (mode: BootMode) => {
    const { services } = await roles(release);
    const text = renderUserData(services, { hostname: "h", mode, base: BASE });
    const files: { path: string; content: string }[] = parse(unpacked(text)).write_files;
    return files.find(({ path }) => path.endsWith("/settings"))?.content ?? "";
  };
  const read = (settings: string) => {
    const scripts = 'set -euo pipefail; say() { echo "said: $*"; }; report() { echo "reported: $1"; };';
    return run("bash", ["-c", `${scripts} eval ${shellQuote(settings)}; echo went on`], { reject: false });
  };

  it("fails with what it lacks and how to bake it anew", async () => {
    const { exitCode, stdout } = await read(await settingsOf("image"));
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^said: this image was baked before it needed \/\S+: bake it anew with npm run image -- services$/m,
    );
    assert.match(stdout, /^reported: failed$/m);
    const complete = (await settingsOf("image")).replaceAll(/'\/\S+'/g, "'/dev/null'");
    assert.equal((await read(complete)).stdout, "went on");
    assert.equal((await read(await settingsOf("packages"))).stdout, "went on");
  });
});
