import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { credentialEnvironment } from "../support/application-credential";
import { openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { packConfigFile, violations } from "../support/violations";

describe("the policies on secrets", function () {
  this.timeout("5m");
  let lab: TestLab;
  let password: string;
  let pack: string;

  before(async () => {
    lab = await openLab();
    const { clouds } = JSON.parse(await readFile(lab.env.OS_CLIENT_CONFIG_FILE ?? "", "utf8"));
    password = clouds[TEST_CLOUD].auth.password;
    pack = await packConfigFile({
      all: { enforcementLevel: "disabled" },
      "secrets-none-in-provider": { enforcementLevel: "mandatory" },
      "secrets-none-in-config": { enforcementLevel: "mandatory" },
    });
  });

  it("stop a password in plain config, at the default provider and at its key, and never show it", async () => {
    const stack = await lab.open("secrets-plain", { "openstack:password": password });
    const { found, failed } = await violations((opts) => stack.preview(opts), pack);
    assert.equal(failed, true);
    const messages = found.map(({ message }) => message).join("\n");
    assert.match(messages, /^default\S* holds password$/m);
    assert.match(messages, /^the store has a secret in clear text in its config, at openstack:password: password$/m);
    assert.ok(!messages.includes(password));
  });

  it("let an encrypted password pass", async () => {
    const stack = await lab.open("secrets-encrypted");
    await stack.setConfig("openstack:password", { value: password, secret: true });
    assert.deepEqual(await violations((opts) => stack.preview(opts), pack), { found: [], failed: false });
  });

  it("let clouds.yaml and application credentials pass", async () => {
    const stack = await lab.open("secrets-credential", {}, await credentialEnvironment(lab, false));
    assert.deepEqual(await violations((opts) => stack.preview(opts), pack), { found: [], failed: false });
    Object.assign(process.env, lab.env);
  });
});
